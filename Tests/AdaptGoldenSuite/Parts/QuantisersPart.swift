// quant/: the quantisers of bitsandbytes, byte by byte, and LoRA on a quantised base.
import AdaptTensors
import Foundation

enum QuantisersPart: GoldenPart {
  static let folder = "quant"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    let settings = try folder.json("quant/golden.json")
    var cases: [any GoldenCase] = []
    for name in settings.object.keys.sorted() {
      let path = "quant/" + name
      if let block = Int(name.dropPrefix("plain") ?? "") {
        cases.append(NF4Case(folder: folder, name: path, block: block, isDoubled: false))
      } else if let block = Int(name.dropPrefix("double") ?? "") {
        cases.append(NF4Case(folder: folder, name: path, block: block, isDoubled: true))
      } else if let block = Int(name.dropPrefix("int8_dynamic") ?? "") {
        cases.append(DynamicMapCase(folder: folder, name: path, block: block))
      }
    }
    let qlora = settings.object["qlora"] == nil ? [] : [QLoRACase(folder: folder)]
    return [CodebookCase(folder: folder)] + cases + qlora
  }
}

/// The sixteen values.
struct CodebookCase: GoldenCase {
  let folder: GoldenFolder
  let name = "quant/codebook"

  func run(_ log: inout CaseLog) throws {
    let golden = try folder.tensors("quant/nf4.safetensors")
    log.expectEqual("values") {
      try $0.expect(NF4.values, elements: golden("codebook").values, of: "codebook")
    }
  }
}

/// NF4 of the same numbers with one block size, scales plain or quantised again.
struct NF4Case: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let block: Int
  let isDoubled: Bool

  func run(_ log: inout CaseLog) throws {
    let golden = try folder.tensors("quant/nf4.safetensors")
    let key = (isDoubled ? "double" : "plain") + "\(block)."
    let weight = try WeightStorage(
      golden.tensor("x"), as: .nf4(block: block, isDoubled: isDoubled))
    guard let parts = weight.nf4Codes else {
      throw GoldenFault.damaged(path: name, what: "not NF4", wanted: "codes", got: "none")
    }
    log.expectEqual("codes") {
      try $0.expect(parts.codes.all, elements: golden.bytes(key + "packed"), of: key + "packed")
    }
    log.expectEqual("scales") { try scales(parts.scales, golden, key, &$0) }
    log.expectEqual("values") { equality in
      for name in golden.names(below: key) where name.hasPrefix("dequantized") {
        let theirs = try golden(key + name)
        let ours = weight.widened().elements.prefix(theirs.values.count)
        equality.expect(Array(ours), elements: theirs.values, of: theirs.name)
      }
      guard equality.values > 0 else {
        throw GoldenFault.damaged(
          path: self.name, what: "nothing to compare", wanted: key + "dequantized", got: "none")
      }
    }
  }

  private func scales(
    _ scales: NF4Scales, _ golden: GoldenTensors, _ key: String, _ equality: inout Equality
  ) throws {
    func expect(_ ours: [Float], _ part: String) throws {
      try equality.expect(ours, elements: golden(key + part).values, of: key + part)
    }
    switch scales {
    case .plain(let scales): try expect(scales.elements, "absmax")
    case .doubled(let doubled):
      try equality.expect(
        doubled.codes.all, elements: golden.bytes(key + "absmax_uint8"), of: key + "absmax_uint8")
      try expect(doubled.outer.elements, "absmax2")
      try expect(doubled.map.elements, "code2")
      try expect([doubled.offset], "offset")
      let all = Tensor([doubled.codes.count]) {
        doubled.widen(0..<doubled.codes.count, into: $0)
      }
      try expect(all.elements, "absmax_dequantized")
    }
  }
}

/// The 8-bit dynamic map in blocks.
struct DynamicMapCase: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let block: Int

  func run(_ log: inout CaseLog) throws {
    let golden = try folder.tensors("quant/nf4.safetensors")
    let key = "int8_dynamic\(block)."
    let (codes, largest) = DynamicMap.quantise(try golden("x").values, block: block)
    log.expectEqual("map") {
      try $0.expect(DynamicMap.values, elements: golden(key + "code").values, of: key + "code")
    }
    log.expectEqual("codes") {
      try $0.expect(codes, elements: golden.bytes(key + "q"), of: key + "q")
    }
    log.expectEqual("scales") {
      try $0.expect(largest, elements: golden(key + "absmax").values, of: key + "absmax")
    }
    log.expectEqual("values") {
      let theirs = try golden(key + "dequantized_rows8")
      let ours = theirs.values.indices.prefix(codes.count).map {
        DynamicMap.values[Int(codes[$0])] * largest[$0 / block]
      }
      $0.expect(ours, elements: theirs.values, of: theirs.name)
    }
  }
}

extension WeightBytes {
  fileprivate var all: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: count)) }
}

extension String {
  /// What follows `prefix`; nil without it.
  func dropPrefix(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
