// The description bitsandbytes keeps beside a packed tensor: UTF-8 JSON in a tensor of bytes.
import Foundation

/// What `NAME.quant_state.bitsandbytes__nf4` says.
struct QuantState: Decodable {
  static let suffix = ".quant_state.bitsandbytes__nf4"

  let quantType: String
  let blocksize: Int
  let shape: [Int]
  let nestedBlocksize: Int?
  let nestedOffset: Double?

  enum CodingKeys: String, CodingKey {
    case quantType = "quant_type"
    case blocksize, shape
    case nestedBlocksize = "nested_blocksize"
    case nestedOffset = "nested_offset"
  }

  /// Elements of the unpacked tensor; nil when a length is negative or the product beyond 2^63.
  func count() -> Int? {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflows else { return nil }
      count = product
    }
    return count
  }
}
