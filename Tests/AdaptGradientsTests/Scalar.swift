// Numbers for naive twins: plain Doubles, and Doubles that remember how they were made.
import Foundation

/// What a naive twin computes with.
protocol Scalar {
  init(_ value: Double)
  var number: Double { get }
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  var exponential: Self { get }
  var logarithm: Self { get }
  var root: Self { get }
  var hyperbolicTangent: Self { get }
  var errorFunction: Self { get }
}

extension Double: Scalar {
  var number: Double { self }
  var exponential: Double { exp(self) }
  var logarithm: Double { log(self) }
  var root: Double { squareRoot() }
  var hyperbolicTangent: Double { tanh(self) }
  var errorFunction: Double { erf(self) }
}

/// The list of all numbers made from traced inputs, each with the slopes towards its parents.
final class ScalarTape {
  fileprivate var parents: [(Int, Double, Int, Double)] = []

  fileprivate func append(_ a: Int, _ da: Double, _ b: Int = -1, _ db: Double = 0) -> Int {
    parents.append((a, da, b, db))
    return parents.count - 1
  }

  func input(_ value: Double) -> Traced { Traced(number: value, tape: self, index: append(-1, 0)) }

  /// The gradient of every number on the tape, given those of `outputs`.
  func gradients(of outputs: [(Traced, Double)]) -> [Double] {
    var sums = [Double](repeating: 0, count: parents.count)
    for (output, weight) in outputs where output.index >= 0 { sums[output.index] += weight }
    for index in parents.indices.reversed() where sums[index] != 0 {
      let (a, da, b, db) = parents[index]
      if a >= 0 { sums[a] += da * sums[index] }
      if b >= 0 { sums[b] += db * sums[index] }
    }
    return sums
  }
}

/// A Double whose derivatives can be asked for.
struct Traced: Scalar {
  let number: Double
  fileprivate let tape: ScalarTape?
  let index: Int

  fileprivate init(number: Double, tape: ScalarTape?, index: Int) {
    self.number = number
    self.tape = tape
    self.index = index
  }

  init(_ value: Double) { self.init(number: value, tape: nil, index: -1) }

  private static func make(
    _ value: Double, _ a: Traced, _ da: Double, _ b: Traced, _ db: Double
  ) -> Traced {
    guard let tape = a.tape ?? b.tape else { return Traced(value) }
    return Traced(number: value, tape: tape, index: tape.append(a.index, da, b.index, db))
  }

  private func map(_ value: Double, _ slope: Double) -> Traced {
    guard let tape else { return Traced(value) }
    return Traced(number: value, tape: tape, index: tape.append(index, slope))
  }

  static func + (a: Traced, b: Traced) -> Traced { make(a.number + b.number, a, 1, b, 1) }
  static func - (a: Traced, b: Traced) -> Traced { make(a.number - b.number, a, 1, b, -1) }
  static func * (a: Traced, b: Traced) -> Traced {
    make(a.number * b.number, a, b.number, b, a.number)
  }
  static func / (a: Traced, b: Traced) -> Traced {
    make(a.number / b.number, a, 1 / b.number, b, -a.number / (b.number * b.number))
  }
  var exponential: Traced { map(exp(number), exp(number)) }
  var logarithm: Traced { map(log(number), 1 / number) }
  var root: Traced { map(number.squareRoot(), 0.5 / number.squareRoot()) }
  var hyperbolicTangent: Traced { map(tanh(number), 1 - tanh(number) * tanh(number)) }
  var errorFunction: Traced {
    map(erf(number), 2 / Double.pi.squareRoot() * exp(-number * number))
  }
}

/// The naive form of an operation: all inputs, row-major, to all outputs.
protocol Twin {
  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S]
}

extension Array where Element: Scalar {
  /// `self [rows, depth] · other [depth, columns]`, either one read as its transpose on request.
  func times(
    _ other: [Element], _ rows: Int, _ depth: Int, _ columns: Int, transposed: Bool = false,
    selfTransposed: Bool = false
  ) -> [Element] {
    (0..<rows * columns).map { index in
      let (i, j) = (index / columns, index % columns)
      return (0..<depth).reduce(Element(0)) { sum, k in
        let a = self[selfTransposed ? k * rows + i : i * depth + k]
        let b = other[transposed ? j * depth + k : k * columns + j]
        return sum + a * b
      }
    }
  }

  var total: Element { reduce(Element(0)) { $0 + $1 } }

  /// The logarithm of the sum of all exponentials.
  var logSumExp: Element {
    let top = Element(map(\.number).max() ?? 0)
    return map { ($0 - top).exponential }.total.logarithm + top
  }
}
