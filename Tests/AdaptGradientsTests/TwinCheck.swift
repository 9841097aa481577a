// Every operation against its naive twin, and the twin against central differences.
import AdaptGradients
import AdaptTensors
import Foundation
import Testing

/// The largest errors of one operation.
struct TwinErrors {
  /// Of the twin's gradient against central differences.
  var differences = 0.0
  /// Of the f32 value and gradients against the twin, relative to the largest number of each.
  var value = 0.0
  var gradient = 0.0
}

/// How a comparison draws its inputs and what it forgives.
struct TwinSettings {
  var scale: Float = 1
  var bound = 1e-5
  var seed: UInt64 = 7
}

/// Compares an operation on random inputs of `shapes` with its twin.
///
/// The twin's gradient is right within 1e-6 of its scale (step 1e-5), the operation's within `settings.bound`.
func expectTwin(
  _ name: String, _ shapes: [[Int]], _ settings: TwinSettings = TwinSettings(),
  twin: some Twin, sourceLocation: SourceLocation = #_sourceLocation,
  operation: ([Variable]) -> Variable
) {
  let errors = twinErrors(shapes, settings, twin: twin, operation: operation)
  if ProcessInfo.processInfo.environment["ADAPT_TWIN_ERRORS"] != nil {
    let line = "\(name) \(errors.differences) \(errors.value) \(errors.gradient)\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
  #expect(errors.differences < 1e-6, "\(name) \(shapes)", sourceLocation: sourceLocation)
  #expect(errors.value < settings.bound, "\(name) \(shapes)", sourceLocation: sourceLocation)
  #expect(errors.gradient < settings.bound, "\(name) \(shapes)", sourceLocation: sourceLocation)
}

private func twinErrors(
  _ shapes: [[Int]], _ settings: TwinSettings, twin: some Twin,
  operation: ([Variable]) -> Variable
) -> TwinErrors {
  let (scale, seed) = (settings.scale, settings.seed)
  let inputs = shapes.enumerated().map { index, shape in
    Trainable(
      "\(index)", RandomKey(seed: seed, step: UInt32(index)).uniform(shape, in: -scale..<scale))
  }
  let y = operation(inputs.map { Variable($0) })
  let dy = RandomKey(seed: seed, step: 99).uniform(y.shape, in: -1..<1)
  let gradients = Gradients()
  gradients.backward(from: y, gradient: dy)
  let numbers = inputs.map { $0.value.elements.map(Double.init) }
  let weights = dy.elements.map(Double.init)
  let (value, slopes) = traced(numbers, weights, twin)
  var errors = TwinErrors()
  errors.value = relative(y.value.elements, value)
  // A gradient that is nearly zero, as of a query with one key, is a difference of terms as large as the others.
  let least = slopes.joined().reduce(0) { max($0, abs($1)) } / 10
  for (input, slope) in zip(inputs, slopes) {
    let gradient = gradients[input]?.elements ?? slope.map { _ in 0 }
    errors.gradient = max(errors.gradient, relative(gradient, slope, least: least))
  }
  errors.differences = differences(numbers, weights, slopes, twin)
  return errors
}

/// The twin's value and its gradients by the tape of scalars.
private func traced(
  _ numbers: [[Double]], _ weights: [Double], _ twin: some Twin
) -> ([Double], [[Double]]) {
  let tape = ScalarTape()
  let inputs = numbers.map { $0.map { tape.input($0) } }
  let outputs = twin(inputs)
  let sums = tape.gradients(of: Array(zip(outputs, weights)))
  return (outputs.map(\.number), inputs.map { $0.map { sums[$0.index] } })
}

/// The worst disagreement with central differences: single elements of each input, and one direction through all.
private func differences(
  _ numbers: [[Double]], _ weights: [Double], _ slopes: [[Double]], _ twin: some Twin
) -> Double {
  let step = 1e-5
  func slope(_ input: Int, _ direction: [(Int, Double)]) -> Double {
    var (above, below) = (numbers, numbers)
    for (index, amount) in direction {
      above[input][index] += step * amount
      below[input][index] -= step * amount
    }
    let pairs = zip(zip(twin(above), twin(below)), weights)
    return pairs.reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 } / (2 * step)
  }
  var worst = 0.0
  for (input, values) in numbers.enumerated() where !values.isEmpty {
    let size = max(1, slopes[input].map(abs).max() ?? 0)
    let every = max(1, values.count / 6)
    for index in stride(from: 0, to: values.count, by: every) {
      worst = max(worst, abs(slope(input, [(index, 1)]) - slopes[input][index]) / size)
    }
    let direction = values.indices.map { ($0, Double(($0 * 7 + 3) % 5) / 2 - 1) }
    let wanted = direction.reduce(0) { $0 + slopes[input][$1.0] * $1.1 }
    worst = max(worst, abs(slope(input, direction) - wanted) / max(size, abs(wanted)))
  }
  return worst
}

/// The largest difference over the largest wanted number (at least `least`); infinity for another count or NaN.
func relative(_ got: [Float], _ wanted: [Double], least: Double = 1e-3) -> Double {
  guard got.count == wanted.count else { return .infinity }
  let size = max(wanted.map(abs).max() ?? 0, least, 1e-3)
  return zip(got, wanted).reduce(0) {
    let difference = abs(Double($1.0) - $1.1) / size
    return difference.isNaN ? .infinity : max($0, difference)
  }
}
