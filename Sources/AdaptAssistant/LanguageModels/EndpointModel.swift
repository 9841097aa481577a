// A language model behind an OpenAI-compatible endpoint, reached through `curl`, because streaming over
// FoundationNetworking is weak on Linux.
import AdaptSystem
import Foundation

/// Asks an endpoint for chat completions and streams the answer.
package struct EndpointModel: LanguageModel {
  private let endpoint: Endpoint

  package var name: String { endpoint.model }

  package init(_ endpoint: Endpoint) {
    self.endpoint = endpoint
  }

  package func generate(
    _ messages: [ChatMessage], options: GenerationOptions
  ) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          try await request(messages, options) { continuation.yield($0) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func request(
    _ messages: [ChatMessage], _ options: GenerationOptions,
    _ yield: @escaping @Sendable (String) -> Void
  ) async throws {
    let body = try PrivateFile(try endpoint.body(messages, options: options))
    defer { body.remove() }
    let response = ResponseReader(url: endpoint.url)
    // `--disable` first: a user's .curlrc must not change the request.
    let curl = ChildProcess(
      "curl", ["--disable", "--config", "-"],
      input: Array(endpoint.curlConfiguration(bodyFile: body.path).utf8),
      limits: .init(seconds: 3600, outputBytes: ChatStream.limit + 1))
    do {
      let exit = try await curl.stream { bytes in
        for text in try await response.consume(bytes) { yield(text) }
      }
      try check(exit)
      for text in try await response.finish() { yield(text) }
    } catch ChildProcessFault.missing {
      throw EndpointFault.curlMissing
    } catch ChildProcessFault.outputTooLarge {
      throw EndpointFault.tooLong(url: endpoint.url, limit: ChatStream.limit)
    }
  }

  /// Exit codes of curl that mean that there was no HTTP response.
  private func check(_ exit: ChildProcess.Exit) throws(EndpointFault) {
    switch exit.status {
    case 0: return
    case 28: throw .timedOut(url: endpoint.url, seconds: endpoint.patience)
    case 52: throw .empty(url: endpoint.url)
    default:
      let said = exit.errorText.split(whereSeparator: \.isNewline).first.map(String.init)
      let reason = said ?? "curl ended with status \(exit.status)"
      throw .unreachable(url: endpoint.url, reason: reason)
    }
  }
}

/// Keeps the state of one response while its bytes arrive.
private actor ResponseReader {
  private var stream: ChatStream

  init(url: String) {
    stream = ChatStream(url: url)
  }

  func consume(_ bytes: [UInt8]) throws(EndpointFault) -> [String] {
    try stream.consume(bytes)
  }

  func finish() throws(EndpointFault) -> [String] {
    try stream.finish()
  }
}

/// A temporary file that only this user can read.
private struct PrivateFile {
  let path: String

  /// Writes `text` to a new file.
  init(_ text: String) throws(FileFault) {
    let folder = FileManager.default.temporaryDirectory.path
    path = folder + "/adapt-\(UUID().uuidString).json"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, reason: POSIXFailure.current().description)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try file.write(contentsOf: Data(text.utf8))
    } catch {
      unlink(path)
      throw .unwritable(path: path, reason: "\(error)")
    }
  }

  func remove() {
    unlink(path)
  }
}
