// Every instruction set this machine has, so that each kernel is tested in all its forms.
import CKernels
import Testing

struct KernelLevel: CustomTestStringConvertible, Sendable {
  let number: Int32

  /// Portable, then x86-64-v2 … v4 as far as the processor goes.
  static let all = (1...adapt_best_level()).map { KernelLevel(number: $0) }

  var kernels: adapt_table { adapt_kernels_at(number).pointee }
  var testDescription: String { number == 1 ? "portable" : "x86-64-v\(number)" }
}

/// Counts that miss every vector width, and none.
let oddCounts = [0, 1, 2, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 300]

/// A buffer with a guard behind it: what a kernel writes beyond its end shows.
func filled<Element: Equatable>(
  _ count: Int, _ start: Element, guarding guardValue: Element,
  _ body: (UnsafeMutablePointer<Element>) -> Void
) -> [Element]? {
  var buffer = [Element](repeating: start, count: count) + [guardValue, guardValue]
  buffer.withUnsafeMutableBufferPointer { buffer in
    if let base = buffer.baseAddress { body(base) }
  }
  guard buffer.suffix(2).allSatisfy({ $0 == guardValue }) else { return nil }
  return Array(buffer.prefix(count))
}
