import Foundation
import Synchronization

/// What is counted, as Prometheus reads it (text format 0.0.4).
///
/// Labels come from the program alone, never from clients.
final class Metrics: Sendable {
  private let values = Mutex(Values())

  private struct Values {
    var requests: [String: Int] = [:]
    var streams: [String: Int] = [:]
    var allStreams: [String: Int] = [:]
    var refused = 0
    var uploads = 0
    var connections = 0
    var mostConnections = Int.max
    var allConnections = 0
    var soundSeconds = 0.0
    var isReady = false
  }

  /// Counts an answered request.
  func count(route: String, status: Int) {
    values.withLock { $0.requests["route=\"\(route)\",status=\"\(status)\"", default: 0] += 1 }
    if status == 503 { values.withLock { $0.refused += 1 } }
  }

  /// Counts sound that was received, in seconds.
  func count(sound seconds: Double) { values.withLock { $0.soundSeconds += seconds } }

  /// Lets there be at most `count` connections, whatever is asked for.
  func limitConnections(to count: Int) { values.withLock { $0.mostConnections = count } }

  /// Takes a place among the connections; false if there are `limit` already.
  func openConnection(limit: Int) -> Bool {
    values.withLock { values in
      guard values.connections < min(limit, values.mostConnections) else { return false }
      values.connections += 1
      values.allConnections += 1
      return true
    }
  }

  /// Leaves the place.
  func closeConnection() { values.withLock { $0.connections -= 1 } }

  /// Takes a place among the live streams, of which there are `limit`.
  func openStream(_ name: String, limit: Int) throws(RequestFailure) -> Place {
    let isOpen = values.withLock { values in
      guard values.streams.values.reduce(0, +) < limit else { return false }
      values.streams[name, default: 0] += 1
      values.allStreams[name, default: 0] += 1
      return true
    }
    guard isOpen else {
      values.withLock { $0.refused += 1 }
      throw .busy("All \(limit) streams are taken. Try again in a moment.")
    }
    return Place { [self] in values.withLock { $0.streams[name, default: 1] -= 1 } }
  }

  /// Takes a place among the recordings, of which there are `limit`.
  func openUpload(limit: Int) throws(RequestFailure) -> Place {
    let isOpen = values.withLock { values in
      guard values.uploads < limit else { return false }
      values.uploads += 1
      return true
    }
    guard isOpen else {
      throw .busy("\(limit) recordings are being recognised already. Try again in a moment.")
    }
    return Place { [self] in values.withLock { $0.uploads -= 1 } }
  }

  /// A place that is occupied as long as this is referenced.
  final class Place: Sendable {
    private let leave: @Sendable () -> Void

    fileprivate init(_ leave: @escaping @Sendable () -> Void) { self.leave = leave }

    deinit { leave() }
  }

  /// How many live streams there are.
  var streamCount: Int { values.withLock { $0.streams.values.reduce(0, +) } }

  /// How many recordings there are.
  var uploadCount: Int { values.withLock { $0.uploads } }

  /// Notes that the models are there.
  func setReady() { values.withLock { $0.isReady = true } }

  /// The text that Prometheus reads.
  var text: String {
    let now = values.withLock { $0 }
    var lines: [String] = []
    func add(_ name: String, _ type: String, _ help: String, _ rows: [(String, String)]) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
      lines += rows.map { labels, value in
        labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
      }
    }
    func rows(_ counts: [String: Int], label: String? = nil) -> [(String, String)] {
      counts.sorted { $0.key < $1.key }.map { key, value in
        (label.map { "\($0)=\"\(key)\"" } ?? key, "\(value)")
      }
    }
    add(
      "parla_requests_total", "counter", "Requests answered, by route and status.",
      rows(now.requests) + [("route=\"all\",status=\"all\"", "\(now.requests.values.reduce(0, +))")]
    )
    add(
      "parla_streams_active", "gauge", "Live streams, by protocol.",
      [("", "\(now.streams.values.reduce(0, +))")] + rows(now.streams, label: "protocol"))
    add(
      "parla_streams_total", "counter", "Live streams begun, by protocol.",
      rows(now.allStreams, label: "protocol"))
    add(
      "parla_uploads_active", "gauge", "Recordings that are received or recognised.",
      [("", "\(now.uploads)")])
    add("parla_connections", "gauge", "Connections.", [("", "\(now.connections)")])
    add(
      "parla_connections_total", "counter", "Connections accepted.", [("", "\(now.allConnections)")]
    )
    add(
      "parla_refused_total", "counter",
      "Requests and streams refused because all places were taken.", [("", "\(now.refused)")])
    add(
      "parla_sound_seconds_total", "counter", "Sound received, in seconds.",
      [("", "\(now.soundSeconds)")])
    add("parla_ready", "gauge", "1 once the models are there.", [("", now.isReady ? "1" : "0")])
    if let memory = Self.residentBytes {
      add(
        "process_resident_memory_bytes", "gauge", "Memory of the process, in bytes.",
        [("", "\(memory)")])
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static var residentBytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
  }
}
