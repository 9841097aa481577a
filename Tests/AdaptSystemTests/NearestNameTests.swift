import AdaptSystem
import Testing

struct NearestNameTests {
  @Test func findsATypo() {
    #expect(NearestName.best(for: "quary", among: ["key", "query", "value"]) == "query")
  }

  @Test func staysSilentWhenNothingIsNear() {
    #expect(NearestName.best(for: "zebra", among: ["key", "query"]) == nil)
  }
}
