import AdaptAssistant
import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

/// What an endpoint can do to us, from good to hostile.
struct EndpointModelTests {
  private func answer(
    _ reply: FakeEndpoint.Reply, environment: [String: String] = [:], question: String = "hello"
  ) async throws -> (text: String, pieces: Int, request: String) {
    let server = try FakeEndpoint(reply)
    defer { server.close() }
    let endpoint = try Endpoint(
      address: server.address, model: "tiny", environment: environment)
    var text = ""
    var pieces = 0
    let stream = EndpointModel(endpoint).generate(
      [ChatMessage(.user, question)], options: GenerationOptions())
    for try await piece in stream {
      text += piece
      pieces += 1
    }
    return (text, pieces, server.requests.first ?? "")
  }

  private func fault(_ reply: FakeEndpoint.Reply) async -> EndpointFault? {
    do {
      _ = try await answer(reply)
      return nil
    } catch {
      return error as? EndpointFault
    }
  }

  @Test func streamsEvents() async throws {
    let result = try await answer(
      .events([
        #"{"choices":[{"delta":{"role":"assistant"}}]}"#,
        #"{"choices":[{"delta":{"content":"Hel"}}]}"#,
        #"{"choices":[{"delta":{"content":"lo 你好"}}]}"#, "[DONE]",
      ]))
    #expect(result.text == "Hello 你好")
    #expect(result.pieces == 2)
  }

  @Test func takesAWholeCompletionFromServersThatDoNotStream() async throws {
    let result = try await answer(
      .status(200, body: #"{"choices":[{"message":{"role":"assistant","content":"yes"}}]}"#))
    #expect(result.text == "yes")
  }

  @Test func sendsTheKeyAsAHeaderAndTheBodyUnharmed() async throws {
    let question =
      "quote \" backslash \\ newline \n tab \t 你好 " + String(repeating: "x", count: 300_000)
    let result = try await answer(
      .status(200, body: #"{"choices":[{"message":{"content":"ok"}}]}"#),
      environment: ["ADAPT_API_KEY": "sk-\"odd\""], question: question)
    #expect(result.request.contains("Authorization: Bearer sk-\"odd\""))
    let body = try #require(result.request.range(of: "\r\n\r\n")).upperBound
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(result.request[body...].utf8)) as? [String: Any])
    let messages = try #require(json["messages"] as? [[String: String]])
    #expect(messages.first?["content"] == question)
  }

  @Test(arguments: [401, 403, 404, 429, 500, 503])
  func namesTheStatusAndWhatToDo(_ status: Int) async throws {
    let fault = try #require(
      await fault(.status(status, body: #"{"error":{"message":"no luck"}}"#)))
    guard case .refused(_, status, "no luck") = fault else {
      Issue.record("got \(fault)")
      return
    }
    #expect(fault.diagnosis.hint?.isEmpty == false)
  }

  @Test func refusesGarbage() async {
    let fault = await fault(.status(200, body: "<html>hello</html>"))
    guard case .garbage(_, "<html>hello</html>") = fault else {
      Issue.record("got \(String(describing: fault))")
      return
    }
  }

  @Test func refusesBrokenHTTP() async {
    guard case .unreachable = await fault(.raw("this is not HTTP\r\n\r\n")) else {
      Issue.record("a broken response went through")
      return
    }
  }

  @Test func saysWhenNothingCame() async {
    guard case .empty = await fault(.nothing) else {
      Issue.record("an empty reply went through")
      return
    }
    guard case .empty = await fault(.events(["[DONE]"])) else {
      Issue.record("an empty stream went through")
      return
    }
  }

  @Test func reportsAnErrorInsideTheStream() async {
    let fault = await fault(
      .events([
        #"{"choices":[{"delta":{"content":"par"}}]}"#, #"{"error":{"message":"out of memory"}}"#,
      ]))
    guard case .refused(_, 200, "out of memory") = fault else {
      Issue.record("got \(String(describing: fault))")
      return
    }
  }

  @Test func saysWhenNobodyListens() async throws {
    let endpoint = try Endpoint(address: "http://127.0.0.1:9", model: "m", environment: [:])
    await #expect(throws: EndpointFault.self) {
      for try await _ in EndpointModel(endpoint).generate([], options: GenerationOptions()) {}
    }
  }

  @Test(arguments: [
    "", "localhost:8080", "ftp://x/y", "http://", "file:///etc/passwd", "http://a b/",
  ])
  func refusesWhatIsNoAddress(_ address: String) {
    #expect(throws: EndpointFault.badAddress(address)) {
      try Endpoint(address: address, model: "m", environment: [:])
    }
  }

  @Test(arguments: ["http://h/v1", "http://h/v1/", "http://h/v1/chat/completions"])
  func completesTheAddress(_ address: String) throws {
    let endpoint = try Endpoint(address: address, model: "m", environment: [:])
    #expect(endpoint.url == "http://h/v1/chat/completions")
  }
}
