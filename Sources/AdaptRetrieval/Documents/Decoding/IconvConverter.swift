// Converts bytes of other encodings to UTF-8 through the C library's iconv, which checks as it goes.
import Foundation

enum IconvConverter {
  /// `bytes` in UTF-8, or nil when they are not valid in `encoding` or the encoding is unknown.
  static func utf8(from bytes: ArraySlice<UInt8>, encoding: String) -> [UInt8]? {
    guard let converter = iconv_open("UTF-8", encoding), Int(bitPattern: converter) != -1 else {
      return nil
    }
    defer { iconv_close(converter) }
    var input = Array(bytes)
    var output: [UInt8] = []
    output.reserveCapacity(input.count + input.count / 2)
    let complete = input.withUnsafeMutableBytes { buffer in
      convert(buffer, with: converter, into: &output)
    }
    return complete ? output : nil
  }

  private static func convert(
    _ input: UnsafeMutableRawBufferPointer, with converter: iconv_t, into output: inout [UInt8]
  ) -> Bool {
    var next = input.baseAddress?.assumingMemoryBound(to: CChar.self)
    var left = input.count
    var piece = [CChar](repeating: 0, count: 1 << 16)
    while left > 0 {
      let before = left
      let (result, written, code) = piece.withUnsafeMutableBufferPointer { room in
        var target = room.baseAddress
        var free = room.count
        let result = iconv(converter, &next, &left, &target, &free)
        return (result, room.count - free, errno)
      }
      output.append(contentsOf: piece[..<written].lazy.map { UInt8(bitPattern: $0) })
      // An incomplete character at the end can also come back as "no error, no progress".
      guard result != UInt.max || code == E2BIG, left < before || written > 0 else { return false }
    }
    return true
  }
}
