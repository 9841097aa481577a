// Which machine and which code a figure is of.
import AdaptSystem
import AdaptTensors
import CKernels
import Foundation

/// The machine as far as it decides speed.
struct Machine: Encodable, Sendable {
  let processor: String
  let cores: Int
  let memoryBytes: UInt64
  let system: String
  /// The kernels in use, such as `x86-64-v4`.
  let kernelLevel: String

  static func current() -> Machine {
    let process = ProcessInfo.processInfo
    return Machine(
      processor: processor(), cores: process.activeProcessorCount,
      memoryBytes: process.physicalMemory, system: process.operatingSystemVersionString,
      kernelLevel: String(cString: adapt_kernel_level()))
  }

  /// The model's name with its family and model numbers, which virtual machines do not hide.
  private static func processor() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let first = text.components(separatedBy: "\n\n")[0]
    var fields: [String: String] = [:]
    for line in first.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      fields[parts[0].trimmingCharacters(in: .whitespaces)] =
        parts[1].trimmingCharacters(in: .whitespaces)
    }
    guard let name = fields["model name"] else { return "unknown" }
    guard let family = fields["cpu family"], let model = fields["model"] else { return name }
    return "\(name) (family \(family), model \(model))"
  }
}

/// OpenBLAS as it names itself.
struct BLASLibrary: Encodable, Sendable {
  let configuration: String
  let core: String

  static func current() -> BLASLibrary {
    BLASLibrary(configuration: BLAS.configuration, core: BLAS.core)
  }
}

/// The commit the program was built from, as far as the checkout around it can tell.
struct Commit: Sendable {
  let name: String
  /// Tracked files differ from the commit.
  let isChanged: Bool

  /// Nil outside a checkout or without git.
  static func current() async -> Commit? {
    guard let root = checkout(), let name = await git(root, ["rev-parse", "HEAD"]), !name.isEmpty
    else { return nil }
    let changes = await git(root, ["status", "--porcelain", "--untracked-files=no"])
    return Commit(name: name, isChanged: changes != "")
  }

  private static func checkout() -> String? {
    var folder = Resources.executable.deletingLastPathComponent()
    while folder.path != "/" {
      let manifest = folder.appendingPathComponent("Package.swift")
      if FileManager.default.fileExists(atPath: manifest.path) { return folder.path }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  private static func git(_ root: String, _ arguments: [String]) async -> String? {
    let limits = ChildProcess.Limits(seconds: 10, outputBytes: 1 << 20)
    let child = ChildProcess("git", ["-C", root] + arguments, limits: limits)
    guard let bytes = try? await child.checkedOutput() else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
