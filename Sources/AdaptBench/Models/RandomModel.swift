// A model folder of random weights: of the size and form of a real one, for measurements and trials.
import AdaptSystem
import AdaptTensors
import Foundation

/// A model folder to be written.
struct RandomModel {
  let plan: ModelPlan
  let configuration: ModelConfiguration
  let seed: UInt64
  let type: ElementType

  var bytes: Int { plan.parameters * type.size }

  /// `type` as config.json names it.
  private var dtype: String {
    switch type {
    case .bfloat16: "bfloat16"
    case .float16: "float16"
    default: "float32"
    }
  }

  /// Writes the folder `path`: whole, or not at all.
  ///
  /// It is made beside `path` and renamed. What is there is replaced only where `isForced`.
  /// - Throws: `FileFault`, `SafetensorsFault`, `BenchFault.stopped`.
  func write(to path: String, isForced: Bool) throws {
    let partial = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    Interruption.listen()
    guard mkdir(partial, 0o755) == 0 else {
      throw FileFault.unwritable(path: path, reason: POSIXFailure.current().description)
    }
    do {
      try writeFiles(to: partial)
      try FolderSwap.put(partial, at: path, isForced: isForced)
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
  }

  /// Looks whether `path` can be written before anything is: only a folder with config.json may be replaced,
  /// and only where `isForced`.
  ///
  /// - Throws: `BenchFault.outExists`, `.outIsNoModel`, `.noFolder`, `.noSpace`.
  func check(place path: String, isForced: Bool) throws(BenchFault) {
    let manager = FileManager.default
    var parent = (path as NSString).deletingLastPathComponent
    if parent.isEmpty { parent = "." }
    // Also a link that leads nowhere is in the way.
    if (try? manager.attributesOfItem(atPath: path)) != nil {
      guard isForced else { throw .outExists(path: path) }
      guard manager.fileExists(atPath: path + "/config.json") else {
        throw .outIsNoModel(path: path)
      }
    }
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
      throw .noFolder(path: parent)
    }
    let system = try? manager.attributesOfFileSystem(forPath: parent)
    // Systems that hold no files, such as /proc, have no size at all.
    if let free = (system?[.systemFreeSize] as? NSNumber)?.intValue, bytes > free,
      let size = (system?[.systemSize] as? NSNumber)?.intValue, size > 0
    {
      throw .noSpace(path: parent, wanted: bytes, free: free)
    }
  }

  private func writeFiles(to folder: String) throws {
    try AtomicFile.write(try configuration.json(dtype: dtype), to: folder + "/config.json")
    try ShardedWriter.write(
      plan.tensors.map { $0.output(seed: seed, as: type) }, to: URL(fileURLWithPath: folder))
    guard !Interruption.isWanted else { throw BenchFault.stopped }
  }
}

/// Puts a finished folder in the place of another.
private enum FolderSwap {
  /// - Throws: `FileFault.unwritable`; then what was at `path` is there again.
  static func put(_ new: String, at path: String, isForced: Bool) throws(FileFault) {
    let old = new + ".old"
    let wasThere = isForced && rename(path, old) == 0
    guard rename(new, path) == 0 else {
      let reason = POSIXFailure.current().description
      if wasThere { rename(old, path) }
      throw .unwritable(path: path, reason: reason)
    }
    if wasThere { try? FileManager.default.removeItem(atPath: old) }
  }
}
