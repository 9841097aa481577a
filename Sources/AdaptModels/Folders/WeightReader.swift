// Takes layers out of weight files by name, with the prefix a file may put before all of them.
package import AdaptTensors

/// Weights of one architecture inside a file.
package struct WeightReader {
  package let files: WeightFiles
  package let prefix: String

  /// Finds the prefix from a tensor that every such model has.
  ///
  /// - Throws: `ModelFault.weights(.missingTensor)` when no name ends in `anchor`.
  package init(_ files: WeightFiles, anchor: String, usual: [String]) throws(ModelFault) {
    self.files = files
    if let prefix = usual.first(where: { files.contains($0 + anchor) }) {
      self.prefix = prefix
      return
    }
    guard let name = files.names.first(where: { $0.hasSuffix("." + anchor) }) else {
      throw .weights(.missingTensor(path: files.path, name: anchor, nearest: nil))
    }
    prefix = String(name.dropLast(anchor.count))
  }

  package func contains(_ name: String) -> Bool { files.contains(prefix + name) }

  package func tensor(_ name: String, _ shape: [Int]) throws(ModelFault) -> Tensor {
    do {
      return try files.tensor(prefix + name, shape: shape)
    } catch {
      throw .weights(error)
    }
  }

  /// `NAME.weight [out, in]` and `NAME.bias [out]`.
  package func linear(_ name: String, in input: Int, out: Int) throws(ModelFault) -> PlainLinear {
    PlainLinear(
      weight: try tensor(name + ".weight", [out, input]), bias: try tensor(name + ".bias", [out]))
  }

  /// `NAME.weight [D]` and `NAME.bias [D]`; the first BERT files call them gamma and beta.
  package func layerNorm(
    _ name: String, width: Int, epsilon: Float
  ) throws(ModelFault) -> PlainLayerNorm {
    let isOld = !contains(name + ".weight") && contains(name + ".gamma")
    return PlainLayerNorm(
      gain: try tensor(name + (isOld ? ".gamma" : ".weight"), [width]),
      shift: try tensor(name + (isOld ? ".beta" : ".bias"), [width]), epsilon: epsilon)
  }
}
