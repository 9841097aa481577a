// Parts of the references whose subject the product does not have yet: their cases are listed.
import Foundation

enum AdapterHubPart: GoldenPart {
  static let folder = "adapterhub"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    folder.folders("adapterhub").flatMap { model in
      folder.folders("adapterhub/" + model).map {
        MissingCase(name: "adapterhub/\(model)/\($0)", reason: "adapters of AdapterHub")
      }
    }
  }
}

enum LossesPart: GoldenPart {
  static let folder = "losses"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    let settings = try folder.json("losses/losses.json")
    return settings.object.keys.sorted().map {
      MissingCase(name: "losses/" + $0, reason: "losses of preferences, teachers and pairs")
    }
  }
}

enum ProxyPart: GoldenPart {
  static let folder = "proxy"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    [MissingCase(name: "proxy", reason: "proxy tuning")]
  }
}
