import AdaptAssistant
import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Testing

/// Endpoints that never answer or never end.
struct LibraryEndpointTests {
  private func fault(_ endpoint: Endpoint) async -> EndpointFault? {
    do {
      for try await _ in EndpointModel(endpoint).generate([], options: GenerationOptions()) {}
      return nil
    } catch {
      return error as? EndpointFault
    }
  }

  /// A listener that lets clients connect and says nothing.
  @Test func silenceEndsAfterTheTimeAllowed() async throws {
    let server = try FakeEndpoint(.held)
    defer { server.close() }
    var endpoint = try Endpoint(address: server.address, model: "m", environment: [:])
    endpoint.patience = 1
    #expect(await fault(endpoint) == .timedOut(url: endpoint.url, seconds: 1))
  }

  @Test func textWithoutEndIsCut() async throws {
    let piece =
      #"{"choices":[{"delta":{"content":"\#(String(repeating: "word ", count: 2000))"}}]}"#
    let server = try FakeEndpoint(.events(Array(repeating: piece, count: 40)))
    defer { server.close() }
    let endpoint = try Endpoint(address: server.address, model: "m", environment: [:])
    #expect(await fault(endpoint) == .tooLong(url: endpoint.url, limit: 256 << 10))
  }

  /// Regression: text without a full stop was looked through again with every piece, without bound.
  @Test func aSentenceWithoutEndIsCutToo() {
    let passage = SearchResult(
      chunk: 1, document: 1, path: "a.md", title: "", heading: "", text: "word", lines: nil,
      page: nil, score: 1, stages: .init())
    var sentences = CitedSentences(passages: [passage]) {
      $0.split(separator: " ").map(String.init)
    }
    var given: [Statement] = []
    for _ in 0..<200 { given += sentences.add(String(repeating: "word ", count: 100)) }
    given += sentences.finish()
    #expect(given.count > 10)
    #expect(given.allSatisfy { $0.text.count <= 2000 && $0.citations == [1] })
    #expect(given.map(\.text).joined().filter { $0 == "w" }.count == 20_000)
  }
}
