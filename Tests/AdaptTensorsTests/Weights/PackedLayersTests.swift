// Packed dense layers beside the same layers where they lie.
import AdaptTensors
import Testing

struct PackedLayersTests {
  @Test(arguments: [1, 2, 3], [0, 1, 7, 20, 121, 300])
  func matchesTheLayersThemselves(threads: Int, rows: Int) throws {
    let pool = ThreadPool(threads: threads)
    var numbers = TestNumbers(rows + 1)
    let groups = [[40, 33, 1], [70]].map { sizes in
      sizes.map { size in
        PackedLayers.Layer(
          weight: WeightStorage(numbers.tensor([size, 50])),
          bias: size == 33 ? nil : numbers.tensor([size]))
      }
    }
    let packed = PackedLayers(groups, pool: pool)
    #expect(PackedLayers.bytes(groups) == 4 * 50 * (64 + 64 + 32 + 96))
    let x = numbers.tensor([rows, 50])
    for (number, group) in groups.enumerated() {
      for activation in Activation.allCases {
        let together = packed.product(number, x, activation: activation, pool: pool)
        #expect(together.shape == [rows, packed.outputs(of: number)])
        var first = 0
        for layer in group {
          let alone = x.linear(layer.weight, bias: layer.bias, activation: activation)
          let part = (0..<rows).flatMap { row in
            let start = row * together.columns + first
            return together.elements[start..<start + layer.weight.rows]
          }
          #expect(worst(part, alone.elements.map(Double.init)) < 1e-5, "\(number) \(activation)")
          first += layer.weight.rows
        }
      }
    }
  }

  @Test func weightsInOtherFormsAreWidened() throws {
    var numbers = TestNumbers(5)
    let (weight, x) = (numbers.tensor([45, 64]), numbers.tensor([9, 64]))
    for format in [WeightFormat.bfloat16, .float16, .int8, .nf4] {
      let resting = try WeightStorage(weight, as: format)
      let packed = PackedLayers([[PackedLayers.Layer(weight: resting)]])
      let wanted = x.linear(WeightStorage(resting.widened())).elements
      #expect(worst(packed.product(0, x).elements, wanted.map(Double.init)) < 1e-5)
    }
  }
}
