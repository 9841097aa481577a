// Weights from a model folder in the form they rest in there.
import AdaptSystem

extension WeightFiles {
  /// The matrix as it rests in its file: f32, bf16 and f16 are mapped, not copied; NF4 as bitsandbytes saves
  /// it is recognised by its state; every other type is converted to f32.
  ///
  /// `shape` is checked when given; all axes but the last are rows. Where `form` asks for another form, it is
  /// rounded to that; what is NF4 in the file stays.
  /// - Throws: `.file` when it is missing or of another shape; `.quantised` for parts of an NF4 tensor that
  ///   contradict each other; as the rounding where `form` asks for one.
  package func weight(_ name: String, shape: [Int]? = nil) throws(WeightFault) -> WeightStorage {
    let stored = try stored(name, shape)
    guard let form = form(name), form != stored.format else { return stored }
    if case .nf4 = stored.format { return stored }
    return try WeightStorage(stored.widened(), as: form)
  }

  private func stored(_ name: String, _ shape: [Int]?) throws(WeightFault) -> WeightStorage {
    if contains(name + QuantState.suffix) {
      return try PackedNF4(name: name, files: self).weight(shape: shape)
    }
    let file: SafetensorsFile
    let info: TensorInfo
    do throws(SafetensorsFault) {
      file = try self.file(holding: name)
      info = try file.info(name)
      if let shape, shape != info.shape {
        throw .shape(path: file.path, name: name, wanted: shape, got: info.shape)
      }
    } catch {
      throw .file(error)
    }
    let (rows, columns) = (info.shape.dropLast().reduce(1, *), info.shape.last ?? 1)
    switch info.type {
    case .bfloat16:
      return WeightStorage(rows: rows, columns: columns, contents: .bfloat16(bytes(info, file)))
    case .float16:
      return WeightStorage(rows: rows, columns: columns, contents: .float16(bytes(info, file)))
    default:
      do throws(SafetensorsFault) {
        return WeightStorage(try file.tensor(name))
      } catch {
        throw .file(error)
      }
    }
  }

  private func bytes(_ info: TensorInfo, _ file: SafetensorsFile) -> WeightBytes {
    WeightBytes(viewing: file.rawBytes(info), alignment: 2, owner: file)
  }
}
