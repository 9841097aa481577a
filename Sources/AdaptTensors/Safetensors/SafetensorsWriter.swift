// Writes safetensors files: all of the new file or nothing of it, one tensor's piece in memory at a time.
import AdaptSystem
package import Foundation

/// Writes safetensors files as the reference reader accepts them: header aligned to 8 bytes, tensors in order
/// of falling element size and then name, without holes.
package enum SafetensorsWriter {
  /// What every file says of itself unless told otherwise; loaders of the transformers library insist on it.
  package static let usualMetadata = ["format": "pt"]

  /// Replaces the file at `url`, or leaves it as it was.
  ///
  /// Written to a temporary file beside it, synced, renamed.
  /// - Throws: `.output` for a name twice, an impossible shape, or a source that gives other than its shape
  ///   says; `.headerTooLong`; `.file` with the system's reason.
  package static func write(
    _ tensors: [TensorOutput], metadata: [String: String] = usualMetadata, to url: URL
  ) throws(SafetensorsFault) {
    let plan = try FilePlan(tensors, metadata: metadata, path: url.path)
    do {
      try AtomicStream.write(to: url.path) { stream in
        try stream.append(plan.head)
        for (tensor, size) in plan.tensors { try append(tensor, size, to: stream, url.path) }
      }
    } catch let fault as SafetensorsFault {
      throw fault
    } catch let fault as FileFault {
      throw .file(fault)
    } catch {
      throw .file(.unwritable(path: url.path, reason: "\(error)"))
    }
  }

  private static func append(
    _ tensor: TensorOutput, _ size: Int, to stream: AtomicStream, _ path: String
  ) throws {
    var written = 0
    try tensor.produce { bytes in
      written += bytes.count
      guard written <= size else {
        throw wrongSize(tensor, size, got: written, path)
      }
      try stream.append(bytes)
    }
    guard written == size else {
      throw wrongSize(tensor, size, got: written, path)
    }
  }

  private static func wrongSize(
    _ tensor: TensorOutput, _ size: Int, got: Int, _ path: String
  ) -> SafetensorsFault {
    .output(
      path: path, name: tensor.name, wanted: "\(size) bytes for shape \(tensor.shape)",
      got: "\(got)")
  }
}

/// The order, offsets and header of a file.
struct FilePlan {
  /// Tensors in file order with their bytes.
  let tensors: [(output: TensorOutput, bytes: Int)]
  /// The length word and the header, a multiple of 8 bytes.
  let head: [UInt8]

  init(
    _ outputs: [TensorOutput], metadata: [String: String], path: String
  ) throws(SafetensorsFault) {
    // Wide elements first: then every tensor starts at a multiple of its own element size.
    let ordered = outputs.sorted { ($1.type.size, $0.name) < ($0.type.size, $1.name) }
    var tensors: [(TensorOutput, Int)] = []
    var seen = Set(["__metadata__"])
    var text = "{"
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      text += "\"__metadata__\":{\(pairs.joined(separator: ","))}"
    }
    var offset = 0
    for output in ordered {
      guard seen.insert(output.name).inserted else {
        throw .output(path: path, name: output.name, wanted: "a name of its own", got: "it twice")
      }
      let size = try output.byteCount(path: path)
      let (end, overflows) = offset.addingReportingOverflow(size)
      guard !overflows else {
        throw .output(path: path, name: output.name, wanted: "less than 2^63 bytes", got: "more")
      }
      let shape = output.shape.map(String.init).joined(separator: ",")
      text += text.utf8.count > 1 ? "," : ""
      text += "\(Self.quoted(output.name)):{\"dtype\":\"\(output.type.rawValue)\","
      text += "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      tensors.append((output, size))
      offset = end
    }
    self.tensors = tensors
    self.head = try Self.head(text + "}", path: path)
  }

  private static func head(_ text: String, path: String) throws(SafetensorsFault) -> [UInt8] {
    var header = Array(text.utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let limit = SafetensorsFile.headerLimit
    guard header.count <= limit else {
      throw .headerTooLong(path: path, bytes: UInt64(header.count), limit: limit)
    }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
  }

  /// The text as a JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
