// The settings of AdamW as a `golden.json` gives them.
import AdaptTraining

struct AdamWSettings {
  let rate: Double
  let others: AdamW.Settings

  init(_ json: GoldenJSON) throws {
    let betas = try json.doubles("betas")
    guard betas.count == 2 else {
      throw GoldenFault.json(path: json.path + ": betas", wanted: "two numbers", got: "\(betas)")
    }
    rate = try json.double("lr")
    others = AdamW.Settings(
      beta1: betas[0], beta2: betas[1], epsilon: try json.double("eps"),
      decay: try json.double("weight_decay"))
  }
}
