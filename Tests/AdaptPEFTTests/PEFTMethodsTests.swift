import AdaptPEFT
import Testing

struct PEFTMethodsTests {
  @Test func namesAndFileTypesAreUnique() {
    let names = PEFTMethods.all.map { $0.name }
    #expect(Set(names).count == names.count)
    let types = PEFTMethods.all.compactMap { $0.peftType }
    #expect(Set(types).count == types.count)
  }
}
