// The files of a merged model: weights in shards as the base's, settings and vocabulary beside them.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors
import Foundation

/// A folder that is being filled.
struct MergedFolder {
  private let plan: MergePlan
  private let folder: URL
  private let tally = MergeTally()

  init(_ plan: MergePlan, in folder: URL) {
    self.plan = plan
    self.folder = folder
  }

  /// Writes all of it, one tensor at a time in memory.
  func write() throws(PEFTFault) -> MergeReport {
    var map: [String: JSONValue] = [:]
    var total = 0
    var names: [String] = []
    do throws(SafetensorsFault) {
      for file in plan.files.files {
        let name = URL(fileURLWithPath: file.path).lastPathComponent
        let outputs = try outputs(file)
        try SafetensorsWriter.write(outputs, to: folder.appendingPathComponent(name))
        names.append(name)
        for output in outputs {
          map[output.name] = .string(name)
          total += output.shape.reduce(output.type.size, *)
        }
      }
    } catch {
      if let broken = tally.broken { throw .notFinite(path: folder.path, name: broken) }
      throw .tensors(error)
    }
    if names != ["model.safetensors"] {
      let index = JSONValue.object([
        "metadata": .object(["total_size": .integer(total)]), "weight_map": .object(map),
      ])
      let name = "model.safetensors.index.json"
      try put(Data((index.text + "\n").utf8), as: name)
      names.append(name)
    }
    var report = tally.report
    report.files = names
    try copyOthers(&report)
    return report
  }

  private func outputs(_ file: SafetensorsFile) throws(SafetensorsFault) -> [TensorOutput] {
    var outputs: [TensorOutput] = []
    for (name, info) in file.tensors.sorted(by: { $0.key < $1.key }) where !plan.isPart(name) {
      if let change = plan.change(of: name) {
        outputs.append(output(change, as: type(of: info)))
      } else if MergePlan.isFloat(info.type), type(of: info) != info.type {
        let type = type(of: info)
        outputs.append(
          TensorOutput(name, type: type, shape: info.shape) { [tally] emit in
            let value = try Self.rounded(try file.tensor(name), to: type, name, tally)
            try TensorOutput(name, value, as: type).produce(emit)
          })
      } else {
        outputs.append(
          TensorOutput(name, type: info.type, shape: info.shape) { emit in
            try emit(file.rawBytes(info))
          })
      }
    }
    return outputs
  }

  private func type(of info: TensorInfo) -> ElementType {
    plan.merge.precision.type ?? (MergePlan.isFloat(info.type) ? info.type : plan.usualType)
  }

  private func output(_ change: MergedParameter, as type: ElementType) -> TensorOutput {
    let parameter = change.parameter
    return TensorOutput(parameter.name, type: type, shape: parameter.shape) { [plan, tally] emit in
      let (value, start) = (change.source(), plan.start(parameter))
      let written = try Self.rounded(value, to: type, parameter.name, tally)
      let old = try Self.rounded(start, to: type, parameter.name, tally)
      let weight = plan.quantised(parameter) == nil ? nil : parameter.tensor
      tally.add { $0.add(value, start: start, written: (written, old), weight: weight) }
      try TensorOutput(parameter.name, written, as: type).produce(emit)
    }
  }

  /// `value` as `type` holds it, of its shape.
  private static func rounded(
    _ value: Tensor, to type: ElementType, _ name: String, _ tally: MergeTally
  ) throws(WeightFault) -> Tensor {
    do throws(WeightFault) {
      let format: WeightFormat =
        type == .bfloat16 ? .bfloat16 : type == .float16 ? .float16 : .float32
      return try WeightStorage(value, as: format).expanded.reshaped(value.shape)
    } catch {
      tally.fail(name)
      throw error
    }
  }

  private func put(_ data: Data, as name: String) throws(PEFTFault) {
    do throws(FileFault) {
      try AtomicFile.write(data, to: folder.appendingPathComponent(name).path)
    } catch {
      throw .file(error)
    }
  }
}

// What stands beside the weights.
extension MergedFolder {
  /// Ends of the names of weights in whatever form: those of the base would contradict the merged ones.
  private static let weights = [
    ".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".pth", ".h5",
    ".msgpack", ".onnx", ".gguf", ".ot",
  ]

  private func copyOthers(_ report: inout MergeReport) throws(PEFTFault) {
    let manager = FileManager.default
    let base = plan.merge.base
    let names = (try? manager.contentsOfDirectory(atPath: base.path)) ?? []
    for name in names.sorted() where !name.hasPrefix(".") {
      let source = base.appendingPathComponent(name).resolvingSymlinksInPath()
      var isFolder: ObjCBool = false
      guard manager.fileExists(atPath: source.path, isDirectory: &isFolder), !isFolder.boolValue,
        !Self.weights.contains(where: { name.hasSuffix($0) })
      else {
        if !report.files.contains(name) { report.leftOut.append(name) }
        continue
      }
      do {
        let data = try Data(contentsOf: source)
        try put(name == "config.json" ? try configuration(data, source.path) : data, as: name)
      } catch let fault as PEFTFault {
        throw fault
      } catch {
        throw .file(.unreadable(path: source.path, reason: error.localizedDescription))
      }
      report.files.append(name)
    }
  }

  /// The base's settings with the type of the new weights, and without a quantisation that they no longer have.
  private func configuration(_ data: Data, _ path: String) throws(PEFTFault) -> Data {
    let type = plan.merge.precision.type ?? (plan.isExpanded ? plan.usualType : nil)
    guard let type else { return data }
    let value: JSONValue
    do throws(JSONFault) {
      value = try JSONValue(Array(data), path: path)
    } catch {
      throw .configuration(path: path, reason: error.reason)
    }
    guard case .object(var settings) = value else {
      throw .configuration(path: path, reason: "it is no JSON object")
    }
    if plan.isExpanded { settings["quantization_config"] = nil }
    let key = settings["dtype"] == nil ? "torch_dtype" : "dtype"
    settings[key] = .string(
      type == .bfloat16 ? "bfloat16" : type == .float16 ? "float16" : "float32")
    return Data((JSONValue.object(settings).text + "\n").utf8)
  }
}
