// LoRA against Python's peft, from the adapter's file to the tenth step of training and the merged weights.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation
import Testing

/// Bounds are several times what the library's own figures move between f32 and f64 (its `golden.json`), and not
/// below a few roundings of numbers near 1.
struct LoRAGoldenTests {
  @Test(arguments: GoldenRun.all)
  func readsAndComputes(_ run: GoldenRun) throws {
    let (model, golden, facts) = (try run.open(), try run.tensors(), try run.facts())
    let batches = try run.batches()
    let attached = try PEFTMethods.read(run.start, for: model.outline)
    #expect(attached.trainableCount == facts.trainableCount)
    let shapes = attached.parameters.map { ($0.key ?? "", $0.trainable.shape) }
    #expect(Dictionary(uniqueKeysWithValues: shapes) == facts.trainable)

    let pass = Pass(.train, adapter: attached.adapter)
    let outputs = try model.outputs(batches.tokens(0), in: pass)
    let logits = try worst(outputs, golden, "", batches.lengths)
    let (loss, gradients) = try model.gradients(batches, 0, in: pass)
    let lossError = abs(loss - (try golden.tensor("loss").elements[0]))
    var gradientError: Float = 0
    for parameter in attached.parameters {
      let gradient = try #require(gradients[parameter.trainable])
      let wanted = try golden.tensor("grad." + (parameter.key ?? ""), shape: gradient.shape)
      gradientError = max(gradientError, difference(gradient.elements, wanted.elements))
    }
    report(run, ["logits": logits, "loss": lossError, "gradients": gradientError])
    #expect(logits < bound(facts.rounding.logits, 1e-5))
    #expect(lossError < bound(facts.rounding.losses, 2e-6))
    #expect(gradientError < bound(facts.rounding.grads, 1e-6))
  }

  @Test(arguments: GoldenRun.all)
  func trains(_ run: GoldenRun) throws {
    let (model, golden, facts) = (try run.open(), try run.tensors(), try run.facts())
    let batches = try run.batches()
    let attached = try PEFTMethods.read(run.start, for: model.outline)
    let losses = try model.train(attached, batches, facts)
    let lossError = difference(losses, try golden.tensor("losses").elements)
    let end = try AdapterFiles(reading: run.end)
    var weights: Float = 0
    for parameter in attached.parameters {
      let key = parameter.key ?? ""
      let error = difference(parameter.trainable.value.elements, end.tensors[key]?.elements ?? [])
      // Weights with almost no gradient follow its rounding; the library says how far its own do.
      weights = max(weights, error - 5 * (facts.sensitive[key] ?? 0))
    }
    let after = try model.outputs(batches.tokens(0), in: Pass(adapter: attached.adapter))
    let outputs = try worst(after, golden, "after.", batches.lengths)

    report(run, ["losses": lossError, "weights": weights, "after": outputs])
    let rounding = facts.rounding
    #expect(lossError < bound(rounding.losses, 5e-6))
    #expect(weights < bound(rounding.weights, 1e-5))
    // Every weight is off by up to the bound above, and a logit sums hundreds of them.
    #expect(outputs < 10 * bound(rounding.weights, 1e-5))
  }

  @Test(arguments: GoldenRun.all)
  func merges(_ run: GoldenRun) throws {
    let (model, golden, facts) = (try run.open(), try run.tensors(), try run.facts())
    let batches = try run.batches()
    let attached = try PEFTMethods.read(run.start, for: model.outline)
    let merged = try attached.merged(into: model.outline)
    var mergedError: Float = 0
    for parameter in merged {
      let values = parameter.value
      #expect(values.shape == parameter.parameter.shape)
      for (prefix, rows) in [("merged.", nil), ("merged_rows16.", 16)] as [(String, Int?)] {
        let name = prefix + parameter.parameter.name
        guard golden.tensors[name] != nil else { continue }
        let wanted = try golden.tensor(name).elements
        let count = rows.map { min($0, values.rows) * values.columns } ?? values.count
        mergedError = max(mergedError, difference(values.elements.prefix(count), wanted))
      }
    }
    var pass = Pass()
    pass.adapter = Adapter(merged)
    let mergedOutputs = try worst(
      try model.outputs(batches.tokens(0), in: pass), golden, "merged_model.", batches.lengths)
    report(run, ["merged": mergedError, "merged logits": mergedOutputs])
    // One product and one sum of numbers near 1, in another order.
    #expect(mergedError < 1e-6)
    #expect(mergedOutputs < bound(facts.rounding.logits, 1e-5))
  }

  /// Five times the library's own rounding, at least `floor`.
  private func bound(_ rounding: Float?, _ floor: Float) -> Float {
    max(5 * (rounding ?? 0), floor)
  }

  /// The worst error of `outputs` against the tensors of their names behind `prefix`.
  ///
  /// A golden holds a row for every place, padded ones included, or only the last real one of a sequence.
  private func worst(
    _ outputs: [String: [[Float]]], _ golden: SafetensorsFile, _ prefix: String, _ lengths: [Int]
  ) throws -> Float {
    var worst: Float = 0
    for (name, rows) in outputs {
      let wanted = try golden.tensor(prefix + name)
      var (next, places) = (0, [(row: Int, wanted: Int)]())
      for (sequence, length) in lengths.enumerated() {
        if rows.count == lengths.count {
          places.append((sequence, sequence))
        } else if wanted.rows == lengths.count, wanted.columns == rows[0].count {
          places.append((next + length - 1, sequence))
        } else {
          let padded = wanted.count / rows[0].count / lengths.count
          places += (0..<length).map { (next + $0, sequence * padded + $0) }
        }
        next += length
      }
      let elements = wanted.elements
      for place in places {
        let width = rows[place.row].count
        let part = elements[place.wanted * width..<(place.wanted + 1) * width]
        worst = max(worst, difference(rows[place.row], part))
      }
    }
    return worst
  }

  /// Shown when `GOLDEN` names a folder: the figures behind the bounds.
  private func report(_ run: GoldenRun, _ errors: [String: Float]) {
    guard ProcessInfo.processInfo.environment["GOLDEN"] != nil else { return }
    let line = errors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    FileHandle.standardError.write(
      Data("golden \(run): \(line.joined(separator: ", "))\n".utf8))
  }
}

extension Adapter {
  /// The merged parameters in the place of the model's own: the merged model.
  init(_ merged: [MergedParameter]) {
    self.init()
    for parameter in merged { parameters[parameter.parameter.number] = Parameter(parameter.value) }
  }
}
