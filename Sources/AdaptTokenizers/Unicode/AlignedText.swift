// Text that normalisers rewrite while every byte keeps the bytes of the source it came from, in the
// way of the `tokenizers` library, because offsets have to equal that library's.

/// One scalar of a rewritten text and what it does to the text before.
package struct ScalarChange: Sendable, Equatable {
  package var scalar: UInt32
  /// 0 where it replaces a scalar; 1 where it is new and belongs to the scalar before; -n where it
  /// replaces a scalar and n more behind that one vanish.
  package var change: Int

  package init(_ scalar: UInt32, change: Int = 0) {
    self.scalar = scalar
    self.change = change
  }
}

/// Valid UTF-8 with the bytes of the source that each of its bytes stands for.
package struct AlignedText: Sendable, Equatable {
  package private(set) var bytes: [UInt8]
  /// By byte; nil as long as the text is its own source.
  package private(set) var sources: [Range<Int>]?

  /// A text that is its own source.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    sources = nil
  }

  package init(_ text: String) { self.init(Array(text.utf8)) }

  /// The bytes of the source that some bytes of the text stand for.
  package func source(of range: Range<Int>) -> Range<Int> {
    guard let sources else { return range }
    guard !range.isEmpty, range.upperBound <= sources.count else {
      let place = sources.isEmpty ? 0 : sources[min(range.lowerBound, sources.count - 1)].lowerBound
      return place..<place
    }
    let start = sources[range.lowerBound].lowerBound
    return start..<max(start, sources[range.upperBound - 1].upperBound)
  }

  /// The text as `body` writes it anew; what it neither copies nor replaces at the end is copied.
  package func rewritten(_ body: (inout Writer) -> Void) -> AlignedText {
    bytes.withUnsafeBufferPointer { text in
      var writer = Writer(text: text, sources: sources)
      body(&writer)
      writer.copy(upTo: text.count)
      return writer.finished(self)
    }
  }

  /// Writes a text from another one, front to back.
  package struct Writer {
    /// The text before.
    package let text: UnsafeBufferPointer<UInt8>
    private let sources: [Range<Int>]?
    private var newBytes: [UInt8] = []
    private var newSources: [Range<Int>] = []
    private var isChanged = false
    /// Bytes of the text before that are done with.
    package private(set) var position = 0

    fileprivate init(text: UnsafeBufferPointer<UInt8>, sources: [Range<Int>]?) {
      self.text = text
      self.sources = sources
    }

    fileprivate func finished(_ old: AlignedText) -> AlignedText {
      guard isChanged else { return old }
      var result = old
      result.bytes = newBytes
      result.sources = newSources
      return result
    }

    /// Keeps the bytes up to `end` as they are.
    package mutating func copy(upTo end: Int) {
      // Nothing is written as long as nothing differs.
      guard isChanged else {
        position = max(position, end)
        return
      }
      append(position..<max(position, end))
      position = max(position, end)
    }

    private mutating func append(_ range: Range<Int>) {
      newBytes += text[range]
      if let sources {
        newSources += sources[range]
      } else {
        var next = range.lowerBound
        while next < range.upperBound {
          let (_, length) = UTF8Scalars.decode(text, at: next)
          let end = min(next + length, range.upperBound)
          for _ in next..<end { newSources.append(next..<end) }
          next = end
        }
      }
    }

    /// Puts scalars in the place of the bytes from `position` up to `end`.
    ///
    /// - Parameter removed: Scalars that vanish before the first change.
    package mutating func replace(upTo end: Int, by changes: [ScalarChange], removed: Int = 0) {
      if !isChanged {
        isChanged = true
        newBytes.reserveCapacity(text.count)
        newSources.reserveCapacity(text.count)
        append(0..<position)
      }
      var place = skip(removed, from: position, end: end)
      for change in changes {
        let source: Range<Int>
        if change.change > 0 {
          source = place > 0 ? self.source(at: place - 1) : 0..<0
        } else {
          source = self.source(at: place)
          place = skip(1 - change.change, from: place, end: end)
        }
        let count = newBytes.count
        UTF8Scalars.append(change.scalar, to: &newBytes)
        for _ in count..<newBytes.count { newSources.append(source) }
      }
      position = end
    }

    private func skip(_ scalars: Int, from start: Int, end: Int) -> Int {
      var place = start
      for _ in 0..<max(0, scalars) where place < end {
        place += UTF8Scalars.decode(text, at: place).1
      }
      return place
    }

    private func source(at place: Int) -> Range<Int> {
      guard place < text.count else { return text.count..<text.count }
      if let sources { return sources[place] }
      var start = place
      while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
      return start..<start + UTF8Scalars.decode(text, at: start).1
    }
  }
}
