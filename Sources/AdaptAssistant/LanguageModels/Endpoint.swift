// Where a chat endpoint is and how a request to it is written down for curl.
import AdaptSystem
import Foundation

/// An OpenAI-compatible chat endpoint.
package struct Endpoint: Sendable, Equatable {
  /// The address of the chat completions, as `…/v1/chat/completions`.
  package let url: String
  package let model: String
  /// Sent as a bearer token; from the environment only, never from arguments or files.
  let key: String?
  /// Longest silence of the server, in seconds.
  package var patience = 120

  /// Completes a base address (`…/v1`, or the full path) to the one of chat completions.
  ///
  /// - Throws: `EndpointFault.badAddress` when there is no http(s) scheme or host.
  package init(
    address: String, model: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(EndpointFault) {
    guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty,
      parts.scheme == "http" || parts.scheme == "https", parts.user == nil,
      !address.unicodeScalars.contains(where: { $0.value < 0x21 || $0.value == 0x7f })
    else { throw .badAddress(address) }
    var base = address
    while base.hasSuffix("/") { base.removeLast() }
    let path = "/chat/completions"
    self.url = base.hasSuffix(path) ? base : base + path
    self.model = model
    self.key = ["ADAPT_API_KEY", "OPENAI_API_KEY"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
  }

  /// The request as a curl configuration, to be given on curl's standard input so that the key appears
  /// neither among the arguments of a process nor on disk.
  ///
  /// The body is named as a file, because curl limits the lines of a configuration.
  func curlConfiguration(bodyFile: String) -> String {
    var lines = [
      "url = \(Self.quoted(url))", "request = POST", "silent", "show-error", "no-buffer", "globoff",
      "proto = \"=http,https\"", "connect-timeout = 10",
      // Less than one byte a second for so long counts as silence.
      "speed-limit = 1", "speed-time = \(patience)",
      "header = \"Content-Type: application/json\"",
      "header = \"Accept: text/event-stream, application/json\"",
      "write-out = \"\\n\(ChatStream.statusMark)%{http_code}\\n\"",
      "data-binary = \(Self.quoted("@" + bodyFile))",
    ]
    if let key { lines.append("header = \(Self.quoted("Authorization: Bearer \(key)"))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A string as curl's configuration syntax quotes it.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The body of a chat completion request.
  func body(_ messages: [ChatMessage], options: GenerationOptions) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let request = Request(
      model: model, messages: messages, stream: true, maximumTokens: options.maximumTokens,
      temperature: options.temperature, seed: options.seed,
      stop: options.stop.isEmpty ? nil : options.stop)
    return String(decoding: try encoder.encode(request), as: UTF8.self)
  }

  private struct Request: Encodable {
    var model: String
    var messages: [ChatMessage]
    var stream: Bool
    var maximumTokens: Int
    var temperature: Double
    var seed: Int?
    var stop: [String]?

    /// As the endpoint's protocol spells them.
    enum CodingKeys: String, CodingKey {
      case model, messages, stream, temperature, seed, stop
      case maximumTokens = "max_tokens"
    }
  }
}
