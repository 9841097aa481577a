import AdaptPEFT
import Testing

struct PEFTMethodsTests {
  @Test func namesAreUnique() {
    let names = PEFTMethods.all.map { $0.name }
    #expect(Set(names).count == names.count)
  }
}
