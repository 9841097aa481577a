// An adapter as it lies in a folder: settings and tensors, in the layout of Python's peft.
package import AdaptSystem
package import AdaptTensors
package import Foundation

/// `adapter_config.json` and `adapter_model.safetensors`.
package struct AdapterFiles: Sendable {
  /// The settings by key.
  package var configuration: [String: JSONValue]
  /// The tensors by name, all finite.
  package var tensors: [String: Tensor]
  /// The folder they were read from, for messages; nil for new ones.
  package var path: String?

  static let configurationName = "adapter_config.json"
  static let weightsName = "adapter_model.safetensors"
  /// Longest configuration read: real ones have a few kilobytes.
  static let configurationLimit = 1 << 20

  package init(
    configuration: [String: JSONValue], tensors: [String: Tensor], path: String? = nil
  ) {
    self.configuration = configuration
    self.tensors = tensors
    self.path = path
  }

  /// What `peft_type` says; nil where it says nothing.
  package var type: String? {
    switch configuration["peft_type"] {
    case nil, .null: nil
    case .string(let type): type
    case .some(let value): value.brief
    }
  }

  /// Reads both files of `folder`; f32, bf16 and f16 tensors become f32 in memory of their own.
  ///
  /// - Throws: `PEFTFault` naming the file, the byte or the tensor.
  package init(reading folder: URL) throws(PEFTFault) {
    path = folder.path
    configuration = try Self.settings(folder.appendingPathComponent(Self.configurationName))
    tensors = try Self.tensors(folder.appendingPathComponent(Self.weightsName))
  }

  /// Writes both files, the tensors first; equal adapters give equal bytes.
  ///
  /// Each file is replaced whole or left as it was. The folder is made where it is missing.
  /// - Throws: `PEFTFault.notFinite` before anything is written; `.file`, `.tensors` with the system's reason.
  package func write(to folder: URL) throws(PEFTFault) {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where !tensor.isFinite {
      throw .notFinite(path: folder.path, name: name)
    }
    let outputs = tensors.map { TensorOutput($0.key, $0.value) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try SafetensorsWriter.write(outputs, to: folder.appendingPathComponent(Self.weightsName))
      try AtomicFile.write(
        Data((JSONValue.object(configuration).text + "\n").utf8),
        to: folder.appendingPathComponent(Self.configurationName).path)
    } catch let fault as SafetensorsFault {
      throw .tensors(fault)
    } catch let fault as FileFault {
      throw .file(fault)
    } catch {
      throw .file(.unwritable(path: folder.path, reason: error.localizedDescription))
    }
  }

  private static func settings(_ url: URL) throws(PEFTFault) -> [String: JSONValue] {
    let file: MappedFile
    do throws(FileFault) {
      file = try MappedFile(url, limit: configurationLimit)
    } catch {
      throw .file(error)
    }
    do throws(JSONFault) {
      if case .object(let settings) = try JSONValue(Array(file.bytes), path: url.path) {
        return settings
      }
    } catch {
      throw .configuration(path: url.path, reason: error.reason)
    }
    throw .configuration(path: url.path, reason: "it is no JSON object")
  }

  private static func tensors(_ url: URL) throws(PEFTFault) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    var integers: String?
    do throws(SafetensorsFault) {
      let file = try SafetensorsFile(url)
      for (name, info) in file.tensors {
        let isFloat = [.float32, .bfloat16, .float16].contains(info.type)
        if !isFloat { integers = integers.map { min($0, name) } ?? name }
        tensors[name] = try file.tensor(name).copied
      }
    } catch {
      if case .file(.missing) = error, isPickled(url) {
        throw .configuration(
          path: url.path, reason: "the weights are pickled; save them as safetensors in Python")
      }
      throw .tensors(error)
    }
    if let integers { throw .notFloat(path: url.path, name: integers) }
    let broken = tensors.keys.sorted().first { tensors[$0]?.isFinite == false }
    if let broken { throw .notFinite(path: url.path, name: broken) }
    return tensors
  }

  /// Whether the weights lie there in peft's older form, which can run code and is not read.
  private static func isPickled(_ url: URL) -> Bool {
    FileManager.default.fileExists(
      atPath: url.deletingPathExtension().appendingPathExtension("bin").path)
  }
}

extension Tensor {
  /// The same values in memory of their own: not a view into a file, and not shared with a base.
  var copied: Tensor {
    withElements { source in
      Tensor(shape) { if let base = source.baseAddress { $0.update(from: base, count: count) } }
    }
  }

  /// Whether shape and every element are the same.
  func hasBits(of other: Tensor) -> Bool {
    shape == other.shape
      && withElements { a in
        other.withElements { b in a.elementsEqual(b) { $0.bitPattern == $1.bitPattern } }
      }
  }

  var isFinite: Bool { withElements { $0.allSatisfy(\.isFinite) } }
}
