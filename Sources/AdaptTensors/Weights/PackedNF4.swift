// NF4 tensors as bitsandbytes saves them in Hugging Face checkpoints.
//
// `X` holds the codes as bytes [n / 2, 1], `X.absmax` the scales (f32, or bytes when they are quantised
// themselves, with `X.nested_absmax` and `X.nested_quant_map`), `X.quant_map` the sixteen values, and the state
// the shape, the block and the offset of nested scales.
import Foundation

/// Reads one such tensor; every part is checked against the others before a code is looked at.
struct PackedNF4 {
  let name: String
  let files: WeightFiles

  func weight(shape: [Int]?) throws(WeightFault) -> WeightStorage {
    let state = try state()
    guard let count = state.count(), !state.shape.isEmpty else {
      throw fault("a shape that fits", "\(state.shape)")
    }
    if let shape, shape != state.shape {
      throw .file(.shape(path: files.path, name: name, wanted: shape, got: state.shape))
    }
    guard state.quantType == "nf4" else { throw fault("quant_type nf4", state.quantType) }
    guard (2...1 << 20).contains(state.blocksize), state.blocksize % 2 == 0 else {
      throw fault("an even blocksize from 2 to \(1 << 20)", "\(state.blocksize)")
    }
    try checkCodebook()
    let codes = try bytes("", [.uint8], count: count / 2 + count % 2)
    let blocks = count / state.blocksize + (count % state.blocksize == 0 ? 0 : 1)
    let nf4 = NF4Codes(
      codes: codes, block: state.blocksize, scales: try scales(state, blocks: blocks))
    return WeightStorage(
      rows: state.shape.dropLast().reduce(1, *), columns: state.shape[state.shape.count - 1],
      contents: .nf4(nf4))
  }

  private func state() throws(WeightFault) -> QuantState {
    let raw = try part(QuantState.suffix, [.uint8])
    guard raw.count <= 65_536 else { throw fault("a state below 64 KiB", "\(raw.count) bytes") }
    do {
      return try JSONDecoder().decode(QuantState.self, from: Data(raw))
    } catch {
      throw fault("its state as JSON", "\(error)")
    }
  }

  /// Other sixteen values would be another format.
  private func checkCodebook() throws(WeightFault) {
    let map = try floats(".quant_map", count: 16)
    guard zip(map.elements, NF4.values).allSatisfy({ abs($0 - $1) <= 1e-6 }) else {
      throw fault("the sixteen values of NF4", "\(map.elements)")
    }
  }

  private func scales(_ state: QuantState, blocks: Int) throws(WeightFault) -> NF4Scales {
    guard try type(".absmax") == .uint8 else {
      return .plain(try floats(".absmax", count: blocks))
    }
    guard let block = state.nestedBlocksize, (1...1 << 20).contains(block),
      let offset = state.nestedOffset, Float(offset).isFinite
    else {
      throw fault(
        "nested_blocksize and nested_offset",
        "\(state.nestedBlocksize.map(String.init) ?? "none"), "
          + "\(state.nestedOffset.map { "\($0)" } ?? "none")")
    }
    let outer = blocks / block + (blocks % block == 0 ? 0 : 1)
    return .doubled(
      DoubledScales(
        codes: try bytes(".absmax", [.uint8], count: blocks),
        map: try floats(".nested_quant_map", count: 256),
        outer: try floats(".nested_absmax", count: outer), block: block, offset: Float(offset)))
  }

  private func type(_ suffix: String) throws(WeightFault) -> ElementType {
    do throws(SafetensorsFault) {
      return try files.file(holding: name + suffix).info(name + suffix).type
    } catch {
      throw .file(error)
    }
  }

  private func floats(_ suffix: String, count: Int) throws(WeightFault) -> Tensor {
    let type = try type(suffix)
    guard [.float32, .float16, .bfloat16, .float64].contains(type) else {
      throw fault("floating-point numbers in `\(suffix)`", type.rawValue)
    }
    let tensor: Tensor
    do throws(SafetensorsFault) {
      tensor = try files.tensor(name + suffix)
    } catch {
      throw .file(error)
    }
    guard tensor.count == count else {
      throw fault("\(count) numbers in `\(suffix)`", "\(tensor.count)")
    }
    return Tensor([count], storage: tensor.storage)
  }

  private func bytes(
    _ suffix: String, _ types: [ElementType], count: Int
  ) throws(WeightFault) -> WeightBytes {
    let raw = try part(suffix, types)
    guard raw.count == count else {
      throw fault("\(count) bytes in `\(name)\(suffix)`", "\(raw.count)")
    }
    do throws(SafetensorsFault) {
      return WeightBytes(
        viewing: raw, alignment: 1, owner: try files.file(holding: name + suffix))
    } catch {
      throw .file(error)
    }
  }

  private func part(
    _ suffix: String, _ types: [ElementType]
  ) throws(WeightFault) -> UnsafeRawBufferPointer {
    do throws(SafetensorsFault) {
      let file = try files.file(holding: name + suffix)
      let info = try file.info(name + suffix)
      guard types.contains(info.type) else {
        throw .notInteger(path: file.path, name: name + suffix, type: info.type.rawValue)
      }
      return file.rawBytes(info)
    } catch {
      throw .file(error)
    }
  }

  private func fault(_ wanted: String, _ got: String) -> WeightFault {
    .quantised(path: files.path, name: name, wanted: wanted, got: got)
  }
}
