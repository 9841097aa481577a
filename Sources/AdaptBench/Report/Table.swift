// The figures as a person reads them.
import Foundation

enum Table {
  static func head(_ head: ReportHead) -> String {
    let machine = head.machine
    let memory = decimal(Double(machine.memoryBytes) / Double(1 << 30))
    let commit = head.commit.map { $0.name + ($0.isChanged ? ", changed since" : "") }
    return """
      machine  \(machine.processor), \(machine.cores) cores, \(memory) GiB, \(machine.kernelLevel)
      system   \(machine.system)
      commit   \(commit ?? "unknown")
      blas     \(head.blas.configuration), core \(head.blas.core)
      threads  \(head.threads)

      \(columns(["", "threads", "median", "", "from", "to", "share"]))

      """
  }

  static func row(_ figure: Figure) -> String {
    let share = figure.share.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
    var line = columns([
      figure.name, "\(figure.threads)", decimal(figure.median), figure.unit,
      decimal(figure.spread.minimum), decimal(figure.spread.maximum), share,
    ])
    for (unit, value) in (figure.also ?? [:]).sorted(by: { $0.key < $1.key }) {
      line += "  \(decimal(value)) \(unit)"
    }
    if let bytes = figure.peakTensorBytes {
      line += "  \(decimal(Double(bytes) / Double(1 << 20))) MiB of tensors"
    }
    return line + "\n"
  }

  /// Four digits that count, without an exponent.
  private static func decimal(_ value: Double) -> String {
    let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 4
    return String(format: "%.\(digits)f", value)
  }

  private static let widths = [46, 7, 9, 8, 9, 9, 6]

  /// Words in columns: the first and the unit start together, the others end together.
  private static func columns(_ words: [String]) -> String {
    zip(words, widths).enumerated().map { index, pair in
      let (word, width) = pair
      let gap = String(repeating: " ", count: max(0, width - word.count))
      return index == 0 || index == 3 ? word + gap : gap + word
    }.joined(separator: " ").replacing(/\ +$/, with: "")
  }
}
