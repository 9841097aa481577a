// How much memory this machine has, for advice before something large is opened.
import Foundation

/// The machine's memory, in bytes.
package struct MachineMemory: Sendable, Equatable, Codable {
  package var total: Int
  /// What can be had without pushing anything else out.
  package var available: Int

  package init(total: Int, available: Int) {
    self.total = total
    self.available = available
  }

  /// As the kernel tells it now; nil where it tells nothing.
  package static func now(path: String = "/proc/meminfo") -> MachineMemory? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return MachineMemory(meminfo: String(decoding: data, as: UTF8.self))
  }

  /// Reads the text of `/proc/meminfo`, whose values are in KiB.
  package init?(meminfo: String) {
    var values: [String: Int] = [:]
    for line in meminfo.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      guard words.count >= 2, let value = Int(words[1]), value <= Int.max >> 10 else { continue }
      values[String(words[0])] = value << 10
    }
    guard let total = values["MemTotal"], let available = values["MemAvailable"] else { return nil }
    self.init(total: total, available: available)
  }
}
