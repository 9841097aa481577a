// The names of tensors in AdapterHub's files. They follow from the module paths of a model's layers.
import AdaptModels
import AdaptTensors

/// Where AdapterHub's library hangs the modules of an adapter in one model.
struct AdapterHubNames: Sendable {
  let adapter: String
  /// By layer: the path of a layer, of its attention, and of the places behind attention and feed-forward part.
  private let layers: [Layer]
  /// The body's path with a dot, or nothing.
  private let body: String

  private struct Layer {
    let path: String
    let attention: String
    let behindAttention: String
    let behindFeedForward: String
  }

  /// - Throws: `PEFTFault.setting` for a model whose layers have no dense sites.
  init(_ adapter: String, _ model: ModelOutline) throws(PEFTFault) {
    self.adapter = adapter
    var layers: [Layer] = []
    for number in 0..<model.layers {
      guard let site = model.linears.first(where: { $0.site.layer == number })?.site,
        let layer = Self.layer(of: site.path, number)
      else {
        throw .setting(
          path: nil, key: "config", wanted: "a model of numbered layers",
          got: "`\(model.architecture)`", hint: nil)
      }
      layers.append(layer)
    }
    self.layers = layers
    let parts = layers.first?.path.split(separator: ".") ?? []
    let first = parts.first.map(String.init) ?? ""
    body = ["layers", "layer", "h", "encoder"].contains(first) ? "" : first + "."
  }

  /// The places of the layer that `path`, of a site in attention, lies in.
  ///
  /// A layer that keeps attention in two modules, the second for its
  /// output, has its adapters there; other layers have them as modules of their own.
  private static func layer(of path: String, _ number: Int) -> Layer? {
    let parts = path.split(separator: ".").map(String.init)
    guard let place = parts.firstIndex(of: "\(number)"), place + 1 < parts.count else { return nil }
    let own = parts[...place].joined(separator: ".")
    let isDouble = parts.dropFirst(place + 1).prefix(2) == ["attention", "self"]
    return Layer(
      path: own, attention: own + (isDouble ? ".attention.self" : "." + parts[place + 1]),
      behindAttention: own
        + (isDouble ? ".attention.output.adapters." : ".attention_adapters.adapters."),
      behindFeedForward: own + (isDouble ? ".output.adapters." : ".output_adapters.adapters."))
  }

  func bottleneck(_ part: Sublayer) -> String {
    switch part {
    case .attention(let layer): layers[layer].behindAttention + adapter
    case .feedForward(let layer): layers[layer].behindFeedForward + adapter
    case .block(let layer): layers[layer].path + ".adapters." + adapter
    }
  }

  func intervention(_ layer: Int, unit: Int) -> String {
    "\(layers[layer].path).reft_layer.refts.\(adapter).units.\(unit)"
  }

  /// The prefix of all layers, which hangs in the first that has one.
  func prefix(_ layer: Int) -> String {
    "\(layers[layer].attention).prefix_tuning.pool.prefix_tunings.\(adapter).self_prefix"
  }

  /// The same again in the body.
  var prefixEcho: String { "\(body)prefix_tuning.prefix_tunings.\(adapter).self_prefix" }

  func prefixGate(_ layer: Int) -> String {
    "\(layers[layer].attention).prefix_tuning.prefix_gates.\(adapter)"
  }

  func lora(_ site: Site) -> String { "\(site.path).loras.\(adapter)" }

  /// What all bottlenecks of an adapter share.
  var shared: String { "\(body)shared_parameters.\(adapter)" }
}
