// LoRA as the file that llama.cpp loads with `--lora`.
import AdaptGradients
package import AdaptModels
import AdaptSystem
import AdaptTensors
package import AdaptTokenizers
package import Foundation

/// A LoRA adapter as a GGUF file: pairs of f32 tensors `NAME.lora_a`, `NAME.lora_b` beside the weights of the base.
///
/// llama.cpp multiplies each product by `alpha / rank` with one alpha for the file and the rank of each pair; what
/// has another scale (rank stabilisation, patterns) has it in its B. Layers of GPT-2 are not transposed: their
/// factors lie as everyone's, only their weights do not.
package struct GGUFAdapter: Sendable {
  package let header: GGUFHeader
  /// In the order of the header's tensors.
  private let values: [Tensor]

  /// The adapter in `files`, as plain LoRA where it is LoRA in another form.
  ///
  /// - Throws: `PEFTFault.notConvertible` naming what such a file cannot hold, with the way out; else as reading does.
  package init(_ files: AdapterFiles, for model: ModelOutline) throws(PEFTFault) {
    let method = try PEFTMethods.method(of: files)
    if case .merged(let reason) = method.traits.llamaCpp {
      throw .notConvertible(
        method: method.name, target: Self.target, reason: reason,
        hint: MethodTraits.Way.merged(reason).wayOut)
    }
    let plain = try files.plainLoRA(for: model)
    let pairs = try Self.pairs(plain, model)
    let alpha = try Self.alpha(pairs, plain)
    var (tensors, values): ([GGUFHeader.Tensor], [Tensor]) = ([], [])
    var offset: UInt64 = 0
    for pair in pairs {
      for (end, value) in [(".lora_a", pair.down), (".lora_b", pair.up(over: alpha))] {
        tensors.append(
          GGUFHeader.Tensor(
            name: pair.name + end, dimensions: value.shape.reversed().map { UInt64($0) }, type: 0,
            offset: offset))
        values.append(value)
        offset += UInt64(Self.padded(4 * value.count))
      }
    }
    var header = GGUFHeader()
    header.entries = [
      .init("general.architecture", .text(try GGUFNames(model).architecture)),
      .init("general.type", .text("adapter")), .init("adapter.type", .text("lora")),
      .init("adapter.lora.alpha", .float32(alpha)),
    ]
    header.tensors = tensors
    self.header = header
    self.values = values
  }

  /// The whole file.
  package var bytes: [UInt8] {
    var bytes = header.encoded()
    for value in values {
      value.withElements { bytes += UnsafeRawBufferPointer($0) }
      let size = 4 * value.count
      bytes += [UInt8](repeating: 0, count: Self.padded(size) - size)
    }
    return bytes
  }

  /// Replaces the file at `url`, or leaves it as it was.
  ///
  /// - Throws: `PEFTFault.file` with the system's reason.
  package func write(to url: URL) throws(PEFTFault) {
    do throws(FileFault) {
      try AtomicFile.write(bytes, to: url.path)
    } catch {
      throw .file(error)
    }
  }

  static func refusal(_ reason: String, _ hint: String) -> PEFTFault {
    .notConvertible(method: LoRA.name, target: target, reason: reason, hint: hint)
  }

  private static let target = "an adapter of llama.cpp"

  /// Up to the next multiple of the alignment.
  private static func padded(_ size: Int) -> Int { (size + 31) / 32 * 32 }
}

extension GGUFAdapter {
  /// The factors beside one weight.
  private struct Pair {
    let name: String
    /// Data of `lora_a`: `[r, in]`, of a table `[V, r]`.
    let down: Tensor
    let up: Tensor
    let rank: Int
    let scale: Float

    /// The alpha that is this pair's scale.
    var alpha: Double { Double(scale) * Double(rank) }

    /// B with what the file's alpha does not say.
    func up(over alpha: Float) -> Tensor {
      let factor = self.alpha / Double(alpha)
      guard abs(factor - 1) > 1e-6 else { return up }
      return withoutRecording { Variable(up).scaled(by: Float(factor)).value }
    }
  }

  private static func pairs(
    _ plain: AdapterFiles, _ model: ModelOutline
  ) throws(PEFTFault) -> [Pair] {
    let names = try GGUFNames(model)
    let adapter = try LoRA.read(plain, for: model).adapter
    var pairs: [Pair] = []
    var used = Set<String>()
    for table in model.embeddings {
      guard let own = adapter.embeddings[table.site.number] as? LoRAEmbedding else { continue }
      pairs.append(
        Pair(
          name: try names.table(table), down: own.down.value.transposed, up: own.up.value,
          rank: own.down.value.rows, scale: own.scale))
      used.formUnion([own.down.name, own.up.name])
    }
    for linear in model.linears {
      guard let own = adapter.linears[linear.site.number] as? LoRALinear else { continue }
      let (name, order) = try names.weight(of: linear)
      let up = order.map { order in
        withoutRecording { Variable(own.up.value).gatheringRows(order).value }
      }
      pairs.append(
        Pair(
          name: name, down: own.down.value, up: up ?? own.up.value, rank: own.down.value.rows,
          scale: own.scale))
      used.formUnion([own.down.name, own.up.name])
    }
    if let other = plain.tensors.keys.filter({ !used.contains($0) }).min() {
      throw refusal(
        "`\(other.excerpt)` is a part of the model itself that was trained",
        MethodTraits.Way.merged("").wayOut)
    }
    return pairs
  }

  /// The settings' alpha where the first pair is at it; else that pair's own.
  private static func alpha(_ pairs: [Pair], _ plain: AdapterFiles) throws(PEFTFault) -> Float {
    let usual = try LoRAConfiguration(plain).alpha
    guard let first = pairs.first?.alpha, abs(first / usual - 1) > 1e-6 else { return Float(usual) }
    return Float(first)
  }
}
