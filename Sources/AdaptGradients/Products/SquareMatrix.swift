// Small square matrices that are built element by element, on the thread of a piece of work.
import AdaptTensors

/// A small matrix `[b, b]` that may be written to.
struct SquareMatrix {
  let size: Int
  private(set) var elements: [Float]

  init(_ size: Int) { self.init(size, [Float](repeating: 0, count: size * size)) }

  init(_ size: Int, _ elements: [Float]) {
    self.size = size
    self.elements = elements
  }

  subscript(i: Int, j: Int) -> Float {
    get { elements[i * size + j] }
    set { elements[i * size + j] = newValue }
  }

  var tensor: Tensor { Tensor([size, size], elements) }

  func scaled(by factor: Float) -> SquareMatrix { SquareMatrix(size, elements.map { $0 * factor }) }

  mutating func addIdentity(_ factor: Float) {
    for i in 0..<size { elements[i * size + i] += factor }
  }

  mutating func add(_ other: SquareMatrix) {
    for i in elements.indices { elements[i] += other.elements[i] }
  }

  /// The product on this thread; either side transposed on request.
  func times(
    _ other: SquareMatrix, isTransposed: Bool = false, otherIsTransposed: Bool = false
  ) -> SquareMatrix {
    let b = size
    let product = [Float](unsafeUninitializedCapacity: b * b) { out, count in
      elements.withUnsafeBufferPointer { x in
        other.elements.withUnsafeBufferPointer { y in
          guard let x = x.baseAddress, let y = y.baseAddress, let out = out.baseAddress else {
            return
          }
          BLAS.product(
            Factor(matrix: MatrixView(x, rows: b, columns: b), isTransposed: isTransposed),
            Factor(matrix: MatrixView(y, rows: b, columns: b), isTransposed: otherIsTransposed),
            into: MutableMatrixView(out, rows: b, columns: b))
        }
      }
      count = b * b
    }
    return SquareMatrix(b, product)
  }
}
