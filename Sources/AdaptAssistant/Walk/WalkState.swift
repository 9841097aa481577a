// What the walk remembers between sessions: the answers as typed, and where it stopped.
import AdaptGuidance
package import AdaptSystem
package import Foundation

/// The walk as it is kept in the workspace.
package struct WalkState: Codable, Equatable, Sendable {
  package static let schema = "adapt.walk/1"
  /// A file larger than this is not one of ours.
  static let sizeLimit = 1 << 20

  package var schema = Self.schema
  package var language: String?
  /// Answers by question, as a user would type them.
  package var answers: [String: String] = [:]
  /// The questions answered, oldest first: what `back` takes back.
  package var order: [String] = []
  package var skipped: [String] = []
  /// Whether the advice has been shown for these answers.
  package var isAdvised = false

  package init() {}

  /// Whether there is anything to resume.
  package var isEmpty: Bool { answers.isEmpty && skipped.isEmpty }

  /// Reads the state kept at `path`; nil when there is none.
  ///
  /// - Throws: `WalkFault.damagedState` when the file is not one of ours, `FileFault` when it cannot be read.
  package static func read(from path: String) throws -> WalkState? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let data = try BoundedFile.read(path, limit: sizeLimit)
    guard let state = try? JSONDecoder().decode(WalkState.self, from: data), state.schema == schema
    else { throw WalkFault.damagedState(path: path) }
    return state
  }

  /// Replaces the state kept at `path`, whole or not at all; makes its folder.
  package func write(to path: String) throws(FileFault) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(try encoder.encode(self), to: path)
    } catch let fault as FileFault {
      throw fault
    } catch {
      throw FileFault.unwritable(path: path, reason: error.localizedDescription)
    }
  }
}

/// Reads whole files that must be small.
package enum BoundedFile {
  /// The bytes of the file at `path`.
  ///
  /// - Throws: `FileFault` when it is missing, unreadable or larger than `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(FileFault) -> Data {
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      let data = try handle.read(upToCount: limit + 1) ?? Data()
      guard data.count <= limit else {
        throw FileFault.tooLarge(path: path, bytes: data.count, limit: limit)
      }
      return data
    } catch let fault as FileFault {
      throw fault
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
  }
}

/// What can go wrong with the saved walk.
package enum WalkFault: DiagnosableError, Equatable {
  case damagedState(path: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .damagedState(let path):
      Diagnosis(
        "the saved walk cannot be read", place: path,
        hint: "move the file away to start anew, or `load` a profile")
    }
  }
}
