// What merging did to the numbers: how many weights it changed, and what rounding took from the update.
import AdaptTensors
import Synchronization

/// Figures of one merge, over the tensors that it changed.
package struct MergeReport: Sendable, Equatable {
  /// Tensors of the model that were formed anew.
  package var tensors = 0
  /// Numbers in them.
  package var weights = 0
  /// Those that differ from the base's, both as they are written.
  package var changed = 0
  /// ‖Δ‖², Δ the update: merged less base, before rounding.
  var updateSquares = 0.0
  /// ‖q‖², q what rounding to the written type added.
  var roundingSquares = 0.0
  /// ‖W − base‖², where the base is a rounded form of the model's W.
  var quantisationSquares = 0.0
  /// Names of the weight files, then of the other files.
  package var files: [String] = []
  /// What lies in the base's folder and was not copied.
  package var leftOut: [String] = []

  package init() {}

  /// Share of the changed weights; 0 where there are none.
  package var changedShare: Double { weights > 0 ? Double(changed) / Double(weights) : 0 }
  /// ‖Δ‖.
  package var updateNorm: Double { updateSquares.squareRoot() }
  /// ‖q‖/‖Δ‖: far below 1, or the written type loses the update.
  package var roundingShare: Double { ratio(roundingSquares) }
  /// ‖W − base‖/‖Δ‖ for a base in four bits: above 1 the rounding of the base outweighs the update, and merging
  /// into W instead would undo what the adapter learned to make up for.
  package var quantisationShare: Double { ratio(quantisationSquares) }

  private func ratio(_ squares: Double) -> Double {
    updateSquares > 0 ? (squares / updateSquares).squareRoot() : 0
  }

  /// Adds one tensor: its own base `start`, its merged `value`, what is `written` of both, and the model's `weight`
  /// where the base is a rounded form of it.
  mutating func add(
    _ value: Tensor, start: Tensor, written: (value: Tensor, start: Tensor), weight: Tensor?
  ) {
    tensors += 1
    weights += value.count
    updateSquares += squares(of: value, less: start)
    roundingSquares += squares(of: written.value, less: value)
    if let weight { quantisationSquares += squares(of: weight, less: start) }
    changed += written.value.withElements { a in
      written.start.withElements { b in zip(a, b).reduce(0) { $0 + ($1.0 != $1.1 ? 1 : 0) } }
    }
  }
}

/// What is left of a base when the update is taken out of the merged model again.
package struct UnmergeReport: Sendable, Equatable {
  /// The largest distance of a weight from the base's.
  package private(set) var largestError: Float = 0
  /// The largest weight.
  package private(set) var largestWeight: Float = 0
  private var errorSquares = 0.0
  private var baseSquares = 0.0
  /// Weights that are further away than rounding explains.
  package private(set) var beyondRounding = 0

  package init() {}

  /// ‖unmerged − base‖/‖base‖.
  package var relativeError: Double {
    baseSquares > 0 ? (errorSquares / baseSquares).squareRoot() : 0
  }
  package var isWithinRounding: Bool { beyondRounding == 0 }

  /// `written` as `type` is the `merged` value of `start`.
  mutating func add(_ written: Tensor, type: ElementType, merged: Tensor, start: Tensor) {
    // Half a unit in the last place of the type, and f32's own in sum and difference; f16 has its smallest step.
    let unit: Float = type == .bfloat16 ? 0x1p-8 : type == .float16 ? 0x1p-11 : 0x1p-24
    let least: Float = type == .float16 ? 0x1p-25 : 0
    let (a, b, c) = (written.elements, merged.elements, start.elements)
    for i in 0..<min(a.count, b.count, c.count) {
      let error = abs(a[i] - (b[i] - c[i]) - c[i])
      let bound = unit * abs(b[i]) + 0x1p-22 * (abs(b[i]) + abs(c[i])) + least
      if !(error <= bound) { beyondRounding += 1 }
      largestError = max(largestError, error)
      largestWeight = max(largestWeight, abs(c[i]))
      errorSquares += Double(error) * Double(error)
      baseSquares += Double(c[i]) * Double(c[i])
    }
  }
}

/// The squared distance of tensors of equal sizes.
private func squares(of a: Tensor, less b: Tensor) -> Double {
  a.withElements { a in
    b.withElements { b in
      zip(a, b).reduce(0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      }
    }
  }
}

/// A report that tensors are added to while a file is written.
final class MergeTally: Sendable {
  private let state = Mutex<(report: MergeReport, broken: String?)>((MergeReport(), nil))

  var report: MergeReport { state.withLock { $0.report } }
  /// The first tensor that the written type cannot hold.
  var broken: String? { state.withLock { $0.broken } }

  func add(_ change: (inout MergeReport) -> Void) { state.withLock { change(&$0.report) } }
  func fail(_ name: String) { state.withLock { $0.broken = $0.broken ?? name } }
}
