// The optimiser's step against torch over twenty steps, and against its definition in Double.
import AdaptTensors
import CKernels
import Foundation
import Testing

struct AdamWTests {
  @Test func twentyStepsEqualTorch() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = try SafetensorsFile(folder.appendingPathComponent("Fixtures/adamw.safetensors"))
    func values(_ name: String) throws -> [Float] { try file.tensor(name).elements }
    let (scale, target) = (try values("weight.scale"), try values("weight.target"))
    let (noise, wanted) = (try values("weight.noise"), try values("adamw.weight"))
    var w = try values("weight.start")
    let count = w.count
    var (m, v) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    for step in 0..<20 {
      let g = (0..<count).map { scale[$0] * (w[$0] - target[$0]) + noise[step * count + $0] }
      AdamWStep(number: step + 1, rate: 0.05, decay: 0.1)
        .apply(weights: &w, first: &m, second: &v, gradient: g, count: count)
      let theirs = wanted[step * count..<(step + 1) * count].map(Double.init)
      // Weights of size 1, twenty steps of 0.05: a few units of the last place.
      #expect(worst(w, theirs) < 1e-6, "step \(step)")
    }
  }

  @Test(arguments: KernelLevel.all)
  func oneStepMatchesTheDefinition(level: KernelLevel) throws {
    for count in oddCounts {
      var numbers = TestNumbers(count + 3)
      func some() -> [Float] { (0..<count).map { _ in numbers.next() } }
      let (w, m, v, g) = (some(), some(), some().map(abs), some())
      var constants = adapt_adamw_step(
        keep: 0.99, rest1: 0.1, beta2: 0.98, rest2: 0.02, root_correction2: 0.3, epsilon: 1e-6,
        step_size: 0.02)
      var (first, second) = (m, v)
      let weights = try #require(
        filled(count, Float(0), guarding: 7) { out in
          out.update(from: w, count: count)
          level.kernels.adapt_adamw(out, &first, &second, g, count, &constants)
        })
      let moments = (0..<count).map { i in
        (0.9 * Double(m[i]) + 0.1 * Double(g[i]), 0.98 * Double(v[i]) + 0.02 * pow(Double(g[i]), 2))
      }
      #expect(worst(first, moments.map(\.0)) < 1e-6 && worst(second, moments.map(\.1)) < 1e-6)
      let exact = (0..<count).map { i in
        0.99 * Double(w[i]) - 0.02 * moments[i].0 / (moments[i].1.squareRoot() / 0.3 + 1e-6)
      }
      #expect(worst(weights, exact) < 1e-6)
    }
  }
}
