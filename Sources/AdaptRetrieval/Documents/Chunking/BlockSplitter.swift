// Cuts a block that is longer than a chunk may be: between sentences or lines where it can.

struct BlockSplitter {
  /// The tokens of a text as ranges of its UTF-8 bytes.
  let tokens: @Sendable (String) -> [Range<Int>]
  let target: Int
  let maximum: Int
  let overlap: Int

  /// Texts are handed to the tokenizer in slices of this many bytes at most.
  private static let largestSlice = 16 << 10

  /// A stretch that is only cut when it is longer than `maximum` itself.
  private struct Atom {
    var range: Range<Int>
    var tokens: Int
  }

  /// The block as one passage when it fits, else as overlapping pieces.
  func passages(of block: ExtractedDocument.Block) -> [Passage] {
    let text = BlockText(block)
    var passages: [Passage] = []
    for slice in slices(of: text) {
      let ranges = tokens(text.text(slice)).map { offset($0, by: slice.lowerBound) }
      if ranges.count <= maximum {
        passages.append(passage(text, text.trimmed(slice), ranges.count))
      } else {
        let atoms = atoms(of: text, slice, ranges)
        passages += windows(over: atoms).map { window in
          let range =
            atoms[window.lowerBound].range
            .lowerBound..<atoms[window.upperBound - 1].range.upperBound
          return passage(text, range, atoms[window].reduce(0) { $0 + $1.tokens })
        }
      }
    }
    passages.removeAll { Substring($0.text).isBlank }
    let cut = passages.count > 1
    for i in passages.indices { passages[i].isPiece = cut }
    return passages
  }

  private func passage(_ text: BlockText, _ range: Range<Int>, _ count: Int) -> Passage {
    // Code keeps the indentation of its first line.
    var start = range.lowerBound
    if text.block.kind == .code {
      while start > 0, text.bytes[start - 1] == 0x20 || text.bytes[start - 1] == 0x09 { start -= 1 }
    }
    return Passage(
      text: text.text(start..<range.upperBound), tokens: count, lines: text.lines(range),
      page: text.block.page, kind: text.block.kind)
  }

  private func offset(_ range: Range<Int>, by count: Int) -> Range<Int> {
    (range.lowerBound + count)..<(range.upperBound + count)
  }

  // MARK: Slices

  /// The whole text, or slices that end at a line, else at a space, else between characters.
  private func slices(of text: BlockText) -> [Range<Int>] {
    var slices: [Range<Int>] = []
    var start = 0
    while text.bytes.count - start > Self.largestSlice {
      let window = text.bytes[(start + Self.largestSlice / 2)..<(start + Self.largestSlice)]
      let cut =
        window.lastIndex(of: 0x0A) ?? window.lastIndex(of: 0x20)
        ?? text.characterBoundary(near: start + Self.largestSlice, after: start)
      slices.append(start..<cut)
      start = cut
    }
    return slices + [start..<text.bytes.count]
  }

  // MARK: Atoms

  private func atoms(of text: BlockText, _ slice: Range<Int>, _ tokens: [Range<Int>]) -> [Atom] {
    let stretches =
      text.block.kind == .code ? lines(of: text, slice) : sentences(of: text, slice)
    var atoms: [Atom] = []
    var next = 0
    for range in stretches {
      let first = next
      while next < tokens.count, tokens[next].lowerBound < range.upperBound { next += 1 }
      if next - first <= maximum {
        atoms.append(Atom(range: range, tokens: next - first))
      } else {
        atoms += fragments(of: text, range, tokens[first..<next])
      }
    }
    return atoms
  }

  private func sentences(of text: BlockText, _ slice: Range<Int>) -> [Range<Int>] {
    let string = text.text(slice)
    return SentenceSplitter.sentences(in: string).map { range in
      let start = string.utf8.distance(from: string.startIndex, to: range.lowerBound)
      let length = string.utf8.distance(from: range.lowerBound, to: range.upperBound)
      return offset(start..<(start + length), by: slice.lowerBound)
    }
  }

  private func lines(of text: BlockText, _ slice: Range<Int>) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = slice.lowerBound
    while start < slice.upperBound {
      let end = text.bytes[start..<slice.upperBound].firstIndex(of: 0x0A) ?? slice.upperBound
      let line = text.trimmed(start..<end)
      if !line.isEmpty { lines.append(line) }
      start = end + 1
    }
    return lines
  }

  /// Cuts one overlong sentence or line before tokens, at a space or mark where one is near.
  private func fragments(
    of text: BlockText, _ range: Range<Int>, _ tokens: ArraySlice<Range<Int>>
  ) -> [Atom] {
    // Small enough that some of them make an overlap.
    let size = max(1, min(overlap, maximum / 4))
    var atoms: [Atom] = []
    var start = range.lowerBound
    var first = tokens.startIndex
    while first < tokens.endIndex {
      var last = min(first + size, tokens.endIndex)
      if last < tokens.endIndex { last = goodCut(text, tokens, after: first, before: last) }
      var end = range.upperBound
      if last < tokens.endIndex {
        end = text.characterBoundary(near: tokens[last].lowerBound, after: start)
      }
      let stretch = text.trimmed(start..<min(end, range.upperBound))
      if !stretch.isEmpty { atoms.append(Atom(range: stretch, tokens: last - first)) }
      start = min(end, range.upperBound)
      first = last
    }
    return atoms
  }

  /// The last token in the second half of the window that follows a space, else the window's end.
  private func goodCut(
    _ text: BlockText, _ tokens: ArraySlice<Range<Int>>, after first: Int, before last: Int
  ) -> Int {
    let half = first + max(1, (last - first) / 2)
    guard half < last else { return last }
    return (half...last).last { index in
      let start = tokens[index].lowerBound
      return start > 0 && text.bytes[start - 1] <= 0x20
    } ?? last
  }

  // MARK: Windows

  /// Runs of atoms of about `target` tokens, each starting with the last atoms of the one before.
  private func windows(over atoms: [Atom]) -> [Range<Int>] {
    var windows: [Range<Int>] = []
    var start = 0
    var covered = 0
    while covered < atoms.count {
      var total = atoms[start..<covered].reduce(0) { $0 + $1.tokens }
      var end = covered
      while end < atoms.count, end == covered || total + atoms[end].tokens <= target {
        total += atoms[end].tokens
        end += 1
      }
      let rest = atoms[end...].prefix(maximum + 1).reduce(0) { $0 + $1.tokens }
      if rest <= target / 4, total + rest <= maximum { end = atoms.count }
      windows.append(start..<end)
      covered = end
      start = overlapStart(atoms, before: end)
    }
    return windows
  }

  /// Where the next window starts so that it repeats at most `overlap` tokens and still fits one new atom.
  private func overlapStart(_ atoms: [Atom], before end: Int) -> Int {
    guard end < atoms.count else { return end }
    var start = end
    var total = 0
    while start > 0, total + atoms[start - 1].tokens <= overlap,
      total + atoms[start - 1].tokens + atoms[end].tokens <= maximum
    {
      start -= 1
      total += atoms[start].tokens
    }
    return start
  }
}
