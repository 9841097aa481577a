// A chat endpoint on the loopback interface that answers what a test tells it to.
import Foundation
import Synchronization

/// Serves one canned HTTP response per connection on 127.0.0.1 until it is closed.
package final class FakeEndpoint: Sendable {
  /// What is sent back, byte for byte; nil closes the connection without a word.
  package enum Reply: Sendable {
    case nothing
    /// Keeps the connection open and says nothing until the client leaves.
    case held
    case raw(String)
    case status(Int, body: String)
    case events([String])

    var bytes: String? {
      switch self {
      case .nothing, .held: nil
      case .raw(let text): text
      case .status(let code, let body):
        "HTTP/1.1 \(code) Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
      case .events(let data):
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
          + data.map { "data: \($0)\n\n" }.joined()
      }
    }
  }

  package let port: UInt16
  private let listener: Int32
  private let received = Mutex<[String]>([])

  /// The requests so far, headers and body.
  package var requests: [String] { received.withLock { $0 } }

  /// The base address to give to `--llm`.
  package var address: String { "http://127.0.0.1:\(port)/v1" }

  package init(_ reply: Reply) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw CocoaError(.fileReadUnknown) }
    self.listener = listener
    self.port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in serve(reply) }
  }

  /// Stops listening.
  package func close() {
    shutdown(listener, Int32(SHUT_RDWR))
    Foundation.close(listener)
  }

  private func serve(_ reply: Reply) {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      let request = Self.readRequest(connection)
      received.withLock { $0.append(request) }
      if let bytes = reply.bytes {
        var rest = Array(bytes.utf8)[...]
        while !rest.isEmpty {
          let sent = rest.withUnsafeBytes {
            send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
          }
          guard sent > 0 else { break }
          rest = rest.dropFirst(sent)
        }
      }
      if case .held = reply {
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
      }
      Foundation.close(connection)
    }
  }

  /// Reads headers and as much body as Content-Length announces.
  private static func readRequest(_ connection: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let head = text[..<end.lowerBound].lowercased()
        let length =
          head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
          .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) } ?? 0
        if head.contains("expect: 100-continue"), bytes.count == text[..<end.upperBound].utf8.count
        {
          let go = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
          _ = send(connection, go, go.count, Int32(MSG_NOSIGNAL))
        }
        if text[end.upperBound...].utf8.count >= length { return text }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return text }
      bytes += buffer[..<count]
    }
  }
}
