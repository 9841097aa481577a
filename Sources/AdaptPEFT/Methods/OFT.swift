// OFT (Qiu et al., arXiv:2306.07280) in the form of OFTv2 (arXiv:2506.19847): the input of a layer is rotated.
package import AdaptGradients
package import AdaptModels
import AdaptTensors

/// `y = W (x R) + b` with R block-diagonal and orthogonal, from trained skew matrices Q that begin at zero.
package struct OFT: SiteMethod {
  package static let name = "oft"
  package static let traits = MethodTraits.weights("it rotates the inputs")
  package static let peftType: String? = fileType
  static let fileType = "OFT"

  package let configuration: OFTConfiguration

  package init(_ configuration: OFTConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    var parts: [SitePart] = []
    for linear in sites.linears {
      let b = configuration.blockSize(inputs: linear.inputs)
      guard b > 1 else {
        throw .setting(
          path: path, key: configuration.blocks == nil ? "oft_block_size" : "r",
          wanted: "blocks of 2 or more inputs", got: "1 at `\(linear.site.path)`",
          hint: "its \(linear.inputs) inputs are not divisible otherwise; leave it out")
      }
      let shape = [configuration.isShared ? 1 : linear.inputs / b, b * (b - 1) / 2]
      let isRandom = configuration.isRandom
      let slot = TensorSlot(key: PEFTKey.at(linear.site, "oft_R.weight"), shape: shape) {
        isRandom
          ? key.stream(linear.site, 0).normal(shape, deviation: 0.1)
          : Tensor(filling: shape, with: 0)
      }
      let form = configuration.form
      parts.append(
        SitePart(site: linear.site, slots: [slot]) { own, _, adapter in
          adapter.linears[linear.site.number] = OFTLinear(skew: own[0], block: b, form: form)
        })
    }
    return SiteParts(parts: parts)
  }
}

/// Rotates the input of a dense layer.
struct OFTLinear: LinearAdapter {
  /// Upper triangles `[blocks, b (b − 1) / 2]`, one where all blocks share it.
  let skew: Trainable
  let block: Int
  let form: CayleyForm

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    base(x.blockRotated(by: Variable(skew).rotations(block: block, form)))
  }

  /// `(x R) Wᵀ = x (W Rᵀ)ᵀ`.
  func merged(into base: BaseLinear) -> MergedLinear? {
    let rotations = Variable(skew.value).rotations(block: block, form).value
    let weight = base.weightSource
    return MergedLinear(weight: { [block] in
      Variable(weight()).blockRotated(by: Variable(rotations.transposingBlocks(block))).value
    })
  }
}

extension Tensor {
  /// Blocks `[b, b]` below each other, each transposed.
  fileprivate func transposingBlocks(_ b: Int) -> Tensor {
    withElements { x in
      Tensor(shape) { out in
        for start in stride(from: 0, to: count, by: b * b) {
          for i in 0..<b { for j in 0..<b { out[start + i * b + j] = x[start + j * b + i] } }
        }
      }
    }
  }
}
