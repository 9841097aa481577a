// Text as Python sees it: by Unicode scalars, compared exactly and not by what looks alike.

extension Unicode.Scalar {
  /// What `str.strip` takes away.
  var isPythonSpace: Bool {
    (0x1C...0x1F).contains(value) || properties.isWhitespace
  }

  var isDigit: Bool { ("0"..."9").contains(self) }

  var startsName: Bool {
    self == "_" || (isASCII ? properties.isAlphabetic : properties.isXIDStart)
  }

  var continuesName: Bool { startsName || isDigit || (!isASCII && properties.isXIDContinue) }

  var hexadecimal: UInt32? {
    switch self {
    case "0"..."9": value - 48
    case "a"..."f": value - 87
    case "A"..."F": value - 55
    default: nil
    }
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }

  /// Equal scalar by scalar.
  func sameText(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

  /// Ordered by scalars; UTF-8 keeps their order.
  func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

  var scalarArray: [Unicode.Scalar] { Array(unicodeScalars) }
}

/// Operations on sequences of scalars.
enum PythonText {
  typealias Scalars = ArraySlice<Unicode.Scalar>

  /// Without what stands at the chosen ends and is in `characters`, or is a blank if that is nil.
  static func stripped(
    _ text: String, _ characters: String?, left: Bool = true, right: Bool = true
  ) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    var rest = text.scalarArray[...]
    func goes(_ scalar: Unicode.Scalar) -> Bool {
      set?.contains(scalar) ?? scalar.isPythonSpace
    }
    while left, let first = rest.first, goes(first) { rest.removeFirst() }
    while right, let last = rest.last, goes(last) { rest.removeLast() }
    return String(scalars: rest)
  }

  /// Where `part` starts in `text` at or behind `start`, as a byte offset.
  static func find(_ part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
    guard let head = part.first else { return start <= text.count ? start : nil }
    var i = start
    while i + part.count <= text.count {
      if text[i] == head, text[i..<(i + part.count)].elementsEqual(part) { return i }
      i += 1
    }
    return nil
  }

  /// The parts between the occurrences of a separator that is not empty; `limit` cuts at most.
  static func split(_ text: String, by separator: String, limit: Int?, fromEnd: Bool) -> [String] {
    let (bytes, mark) = (Array(text.utf8), Array(separator.utf8))
    var cuts: [Int] = []
    if fromEnd {
      var i = bytes.count - mark.count
      while i >= 0, cuts.count < limit ?? Int.max {
        let fits = bytes[i..<(i + mark.count)].elementsEqual(mark)
        if fits { cuts.append(i) }
        i -= fits ? mark.count : 1
      }
      cuts.reverse()
    } else {
      var i = 0
      while cuts.count < limit ?? Int.max, let cut = find(mark, in: bytes, from: i) {
        cuts.append(cut)
        i = cut + mark.count
      }
    }
    var (parts, start): ([String], Int) = ([], 0)
    for cut in cuts {
      parts.append(String(decoding: bytes[start..<cut], as: UTF8.self))
      start = cut + mark.count
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  /// The parts between runs of blanks.
  static func words(_ text: String, limit: Int?, fromEnd: Bool) -> [String] {
    var rest = text.scalarArray
    if fromEnd { rest.reverse() }
    var parts: [[Unicode.Scalar]] = []
    var i = 0
    while true {
      while i < rest.count, rest[i].isPythonSpace { i += 1 }
      guard i < rest.count else { break }
      if parts.count == limit ?? Int.max {
        parts.append(Array(rest[i...]))
        break
      }
      let start = i
      while i < rest.count, !rest[i].isPythonSpace { i += 1 }
      parts.append(Array(rest[start..<i]))
    }
    let texts = parts.map { String(scalars: fromEnd ? $0.reversed() : $0) }
    return fromEnd ? texts.reversed() : texts
  }

  static func replaced(_ text: String, _ old: String, with new: String, limit: Int?) -> String {
    if old.isEmpty {
      var (out, count) = ("", 0)
      for scalar in text.unicodeScalars {
        if count < limit ?? Int.max {
          out += new
          count += 1
        }
        out.unicodeScalars.append(scalar)
      }
      return count < limit ?? Int.max ? out + new : out
    }
    return split(text, by: old, limit: limit, fromEnd: false).joined(separator: new)
  }

  /// Lines without their ends.
  static func lines(_ text: String) -> [String] {
    let ends: Set<UInt32> = [0xA, 0xB, 0xC, 0xD, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029]
    var (lines, line): ([String], [Unicode.Scalar]) = ([], [])
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if previous == "\r", scalar == "\n" {
        previous = scalar
        continue
      }
      previous = scalar
      if ends.contains(scalar.value) {
        lines.append(String(scalars: line))
        line = []
      } else {
        line.append(scalar)
      }
    }
    return line.isEmpty ? lines : lines + [String(scalars: line)]
  }

  /// The first scalar in title case and the rest in lower case.
  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping
      + String(text.unicodeScalars.dropFirst()).lowercased()
  }

  /// `str.title`: every run of letters capitalised.
  static func titled(_ text: String) -> String {
    var (out, inside) = ("", false)
    for scalar in text.unicodeScalars {
      let cased = scalar.properties.isCased
      out += inside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      inside = cased
    }
    return out
  }
}
