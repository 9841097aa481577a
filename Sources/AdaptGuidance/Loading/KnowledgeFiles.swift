// Finds and reads every file of the knowledge base, and hashes them on the way.
internal import AdaptSystem
internal import Foundation

/// The files of `knowledge/` and `recipes/`, as bytes.
struct KnowledgeFiles {
  /// One file; a path relative to the home folder.
  struct File {
    let path: String
    let bytes: [UInt8]
  }

  let files: [File]
  let hash: Fingerprint

  /// A file larger than this is not one of ours.
  static let maximumBytes = 8 << 20

  /// Reads every `.yaml` and `.md` file.
  ///
  /// Scenarios are left out, as only tests read them, and so are the results of `AdaptBench`, which are the
  /// records that measured evidence refers to, not evidence in the form that rules can cite.
  /// - Throws: `KnowledgeFault` naming what cannot be read and files of no known kind.
  static func read(home: URL) throws(KnowledgeFault) -> KnowledgeFiles {
    var faults: [Diagnosis] = []
    var paths: [String] = []
    for root in ["knowledge", "recipes"] { walk(root, home.path, &paths, &faults) }
    var hash = Fingerprint()
    var files: [File] = []
    for path in paths.sorted() {
      guard let bytes = contents("\(home.path)/\(path)", &faults) else { continue }
      hash.combine(path)
      bytes.withUnsafeBytes { hash.combine($0) }
      files.append(File(path: path, bytes: bytes))
    }
    guard faults.isEmpty else { throw KnowledgeFault(faults: faults) }
    return KnowledgeFiles(files: files, hash: hash)
  }

  /// Lists a folder with `readdir`: Foundation's enumerator costs more than reading the files.
  private static func walk(
    _ folder: String, _ home: String, _ paths: inout [String], _ faults: inout [Diagnosis]
  ) {
    guard let stream = opendir("\(home)/\(folder)") else {
      faults.append(FileFault.missing(path: "\(home)/\(folder)").diagnosis)
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let path = "\(folder)/\(name)"
      if name.hasPrefix(".") || path == "knowledge/scenarios" { continue }
      if isFolder("\(home)/\(path)", entry.pointee.d_type) {
        walk(path, home, &paths, &faults)
      } else if name.hasSuffix(".yaml") || name.hasSuffix(".md") {
        paths.append(path)
      } else if !Layout.isMeasurement(path) {
        faults.append(
          Diagnosis("unexpected file", wanted: ".yaml or .md", got: name, place: path))
      }
    }
  }

  private static func isFolder(_ path: String, _ type: UInt8) -> Bool {
    if type == UInt8(DT_DIR) { return true }
    if type == UInt8(DT_REG) { return false }
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func contents(_ path: String, _ faults: inout [Diagnosis]) -> [UInt8]? {
    do throws(FileFault) {
      return try WholeFile.read(path, limit: maximumBytes)
    } catch {
      faults.append(error.diagnosis)
      return nil
    }
  }
}

/// Reads whole files with plain system calls.
enum WholeFile {
  /// The file's bytes.
  ///
  /// - Throws: `FileFault` when it is missing, unreadable or longer than `limit`.
  static func read(_ path: String, limit: Int) throws(FileFault) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw .missing(path: path) }
      throw .unreadable(path: path, reason: POSIXFailure.current().description)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: POSIXFailure.current().description)
    }
    guard status.st_size <= limit else {
      throw .tooLarge(path: path, bytes: Int(status.st_size), limit: limit)
    }
    return try all(descriptor, Int(status.st_size), path, limit)
  }

  /// Reads to the end, one byte past the size first seen, so that a growing file is noticed.
  private static func all(
    _ descriptor: Int32, _ size: Int, _ path: String, _ limit: Int
  ) throws(FileFault) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(size, 0) + 1)
    while true {
      let count = chunk.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw .unreadable(path: path, reason: POSIXFailure.current().description)
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= limit else {
        throw .tooLarge(path: path, bytes: bytes.count, limit: limit)
      }
    }
  }
}
