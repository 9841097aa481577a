// What must hold of every method on every model: it begins as the base, learns, leaves the base alone, and merges.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTestSupport
import AdaptTraining
import Foundation
import Testing

struct MethodContractTests {
  @Test func everyMethodHasASample() throws {
    var names = Set(MethodSample.all.map(\.method))
    for sample in AdapterSample.all { names.insert(type(of: try sample.make()).name) }
    for method in PEFTMethods.all { #expect(names.contains(method.name), "\(method.name)") }
  }

  @Test(arguments: TestModel.pairs)
  func beginsAsTheBase(_ sample: MethodSample, _ name: String) throws {
    // LoftQ's base is not the model's, and its factors make up for that.
    guard sample.name != "loftq" else { return }
    let model = try TestModel.open(name)
    let attached = try model.attach(sample, isActive: false)
    let base = try model.outputs(model.base(of: attached, sample))
    let ours = try model.outputs(attached.adapter)
    if sample.startBound == 0 {
      #expect(ours == base)
    } else {
      #expect(difference(ours, base) < sample.startBound * 10)
    }
  }

  @Test(arguments: TestModel.pairs)
  func countsWithoutAllocating(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let method = try sample.make(false)
    let attached = try model.attach(sample, isActive: false)
    #expect(try method.trainableCount(in: model.outline) == attached.trainableCount)
    #expect(attached.trainableCount > 0)
    #expect(attached.method == sample.method)
  }

  @Test(arguments: TestModel.pairs)
  func mergedEqualsUnmerged(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let attached = try model.attach(sample)
    let unmerged = try model.outputs(attached.adapter)
    var merged = Adapter()
    for item in try attached.merged(into: model.outline) {
      #expect(item.value.shape == item.parameter.shape)
      merged.parameters[item.parameter.number] = item.parameter.frozen(item.value)
    }
    #expect(difference(try model.outputs(merged), unmerged) < sample.mergeBound)
    #expect(difference(unmerged, try model.outputs(nil)) > 100 * sample.mergeBound)
  }

  @Test(arguments: TestModel.pairs)
  func trainingLeavesTheBaseAlone(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let before = model.outline.parameters.map(\.tensor.elements)
    let base = try model.outputs(nil)
    let attached = try model.attach(sample)
    let start = attached.parameters.map(\.trainable.value.elements)
    let optimiser = AdamW()
    for step in 0..<3 {
      let gradients = Gradients()
      let loss = try model.loss(attached.adapter, batch: step)
      #expect(loss.value.elements[0].isFinite)
      gradients.backward(from: attached.regularisation().map { loss + $0 } ?? loss)
      optimiser.step(attached.parameters.map(\.trainable), gradients) { _ in 1e-2 }
      attached.afterStep(step) { gradients[$0] }
    }
    for (parameter, start) in zip(attached.parameters, start) {
      #expect(parameter.trainable.value.elements != start, "\(parameter.key ?? "") did not train")
    }
    #expect(model.outline.parameters.map(\.tensor.elements) == before)
    #expect(try model.outputs(nil) == base)
    #expect(try model.outputs(attached.adapter) != base)
  }

  @Test(arguments: TestModel.pairs)
  func checkpointsChangeNoGradient(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let attached = try model.attach(sample)
    func values(_ isCheckpointed: Bool) throws -> [[Float]?] {
      let gradients = Gradients()
      gradients.backward(
        from: try model.loss(attached.adapter, isCheckpointed: isCheckpointed))
      return attached.parameters.map { gradients[$0.trainable]?.elements }
    }
    let kept = try values(false)
    #expect(try values(true) == kept)
    #expect(!kept.contains(nil))
  }

  /// The gradient of one tensor of each kind against central differences of the loss, where it is steepest.
  @Test(arguments: TestModel.pairs)
  func gradientsEqualDifferences(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let attached = try model.attach(sample)
    let gradients = Gradients()
    gradients.backward(from: try model.loss(attached.adapter))
    var seen = Set<String>()
    for parameter in attached.parameters {
      let key = parameter.key ?? parameter.trainable.name
      let kind = key.split(separator: ".").suffix(2).joined(separator: ".")
      guard seen.insert(kind).inserted, !sample.detached.contains(where: { key.hasSuffix($0) })
      else { continue }
      let gradient = try #require(gradients[parameter.trainable], "\(key)").elements
      let start = parameter.trainable.value
      let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let losses = try [Float(0.004), -0.004].map { step in
        var moved = start.elements
        moved[place] += step
        parameter.trainable.update(to: Tensor(start.shape, moved))
        return try model.loss(attached.adapter).value.elements[0]
      }
      parameter.trainable.update(to: start)
      let slope = (losses[0] - losses[1]) / 0.008
      // f32 losses near 8 are known to 5e-7, the slope to 1e-4 of it, and the curvature adds a hundredth.
      #expect(abs(slope - gradient[place]) < 3e-4 + 1e-2 * abs(gradient[place]), "\(key)")
    }
  }

  /// A checkpoint's values and state continue as the run that was not interrupted, bit for bit.
  @Test(arguments: TestModel.pairs)
  func resumedEqualsUninterrupted(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    func run(_ attached: any AttachedAdapter, _ steps: Range<Int>) throws {
      for step in steps {
        let gradients = Gradients()
        let loss = try model.loss(attached.adapter, batch: step)
        gradients.backward(from: attached.regularisation().map { loss + $0 } ?? loss)
        for parameter in attached.parameters {
          guard let gradient = gradients[parameter.trainable] else { continue }
          let moved =
            Variable(parameter.trainable.value) - Variable(gradient).scaled(by: 0.05)
          parameter.trainable.update(to: moved.value)
        }
        attached.afterStep(step) { gradients[$0] }
      }
    }
    let whole = try model.attach(sample)
    try run(whole, 0..<6)
    let first = try model.attach(sample)
    try run(first, 0..<3)
    let second = try model.attach(sample)
    for (old, new) in zip(first.parameters, second.parameters) {
      new.trainable.update(to: old.trainable.value)
    }
    try second.restore(first.state)
    try run(second, 3..<6)
    for (a, b) in zip(whole.parameters, second.parameters) {
      #expect(a.trainable.value.elements == b.trainable.value.elements, "\(a.trainable.name)")
    }
    #expect(whole.state.keys.sorted() == second.state.keys.sorted())
    for (key, value) in whole.state {
      #expect(value.elements == second.state[key]?.elements, "\(key)")
    }
  }
}
