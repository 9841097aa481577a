// The tensors of interventions in one model, under the names of either layout.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// The names of an intervention's tensors.
private struct InterventionNames {
  let source: String
  let projection: String
  /// The frozen base of a rotation, which only AdapterHub's files have.
  let base: String?
}

extension ReFTConfiguration: HubPart {
  /// In AdapterHub's files.
  func plan(_ place: HubPlace) throws(PEFTFault) -> HubPlan {
    let units = isTied ? 1 : 2
    return try plan(place.model, place.key, units: Array(0..<units), .ofSequence) { layer, unit in
      let name = place.names.intervention(layer, unit: unit)
      let weight = name + ".projection.parametrizations.weight"
      return InterventionNames(
        source: name + ".learned_source",
        projection: isOrthogonal ? weight + ".original" : name + ".projection.weight",
        base: isOrthogonal ? weight + ".0.base" : nil)
    }
  }

  /// In files of our own: `layers.I.PART.NAME` with the parts `tied`, or `first` and `last`.
  func ownPlan(_ model: ModelOutline, _ key: RandomKey, path: String?) throws(PEFTFault) -> HubPlan
  {
    let parts = isTied ? ["tied"] : ["first", "last"]
    let units = isTied ? [0] : [0, 1].filter { [first, last][$0] > 0 }
    return try plan(model, key, units: units, .ofPrompt, path: path) { layer, unit in
      let name = "layers.\(layer).\(parts[unit])"
      return InterventionNames(
        source: name + ".learned_source", projection: name + ".projection", base: nil)
    }
  }

  private func plan(
    _ model: ModelOutline, _ key: RandomKey, units: [Int], _ positions: ReFTPositions,
    path: String? = nil, names: (Int, Int) -> InterventionNames
  ) throws(PEFTFault) -> HubPlan {
    var draws = SlotDraws(key: key)
    var plan = HubPlan()
    let (layers, width, rank) = (try layers(of: model, path: path), model.width, rank)
    for layer in layers {
      for unit in units {
        let names = names(layer, unit)
        plan.slots += draws.dense(names.source, width, rank)
        plan.slots.append(
          TensorSlot(
            key: names.projection, shape: [rank, width],
            initial: projection(width, site: 2 * layer + unit, key, &draws)))
        if let base = names.base {
          plan.fixed.append(TensorSlot(key: base, shape: [width, width]) { Tensor([0], []) })
        }
      }
    }
    let configuration = self
    plan.put = { trained, fixed, adapter in
      var places: [Int: [Intervention]] = [:]
      for number in 0..<trained.count / 3 {
        let rotation = Rotation(
          trained[3 * number + 2], base: fixed.isEmpty ? nil : fixed[number],
          isOrthogonal: configuration.isOrthogonal, hasSigns: !fixed.isEmpty)
        places[layers[number / units.count], default: []].append(
          Intervention(
            weight: trained[3 * number], bias: trained[3 * number + 1], rotation: rotation))
      }
      for (layer, own) in places {
        adapter.sublayers[.block(layer: layer)] = ReFTSite(
          configuration: configuration, positions: positions, units: own, kinds: units,
          layer: layer)
      }
    }
    return plan
  }

  private func projection(
    _ width: Int, site: Int, _ key: RandomKey, _ draws: inout SlotDraws
  ) -> @Sendable () -> Tensor {
    let rank = rank
    guard isOrthogonal else {
      return draws.uniform([rank, width], within: 1 / Float(max(1, width)).squareRoot())
    }
    let stream = key.at(layer: 0xF002, site: UInt16(truncatingIfNeeded: site))
    return { Rotation.random(rank, width, stream) }
  }
}
