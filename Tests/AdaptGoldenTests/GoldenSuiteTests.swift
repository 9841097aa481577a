// The suite over the committed references.
import Testing

@Test func placeholder() {}
