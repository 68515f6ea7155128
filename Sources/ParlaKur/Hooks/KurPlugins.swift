import Foundation
import ParlaFiles
import Synchronization

/// Programs that receive events: each gets an object of JSON in a line of its standard input for every event.
///
/// An object has `event` (`training_start`, `epoch_end`, `validation_end`, `training_end`, `prediction`) and the event's data.
package final class KurPlugins: Sendable {
  private struct Plugin {
    let path: String
    let process: Process
    let input: FileHandle
    let end: DispatchSemaphore
    var isAlive = true
  }

  private let plugins: Mutex<[Plugin]>
  private let note: @Sendable (String) -> Void
  private let patienceSeconds: Int

  /// Starts the executable files of `folder`, each of which may take `patienceSeconds` to end after its input has ended.
  ///
  /// - Throws: `KurError.file` where they cannot be started.
  package init(
    folder: String, patienceSeconds: Int = 10, note: @escaping @Sendable (String) -> Void
  ) throws(KurError) {
    self.note = note
    self.patienceSeconds = patienceSeconds
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw .file(.unreadable(path: folder, reason: systemReason(error)))
    }
    var plugins: [Plugin] = []
    for path in names.sorted().map({ folder.appendingName($0) })
    where !path.fileName.hasPrefix(".") && FileManager.default.isExecutableFile(atPath: path) {
      let (process, pipe, end) = (Process(), Pipe(), DispatchSemaphore(value: 0))
      // A program that does not read blocks nothing.
      let descriptor = pipe.fileHandleForWriting.fileDescriptor
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      process.terminationHandler = { _ in end.signal() }
      process.executableURL = URL(fileURLWithPath: path)
      process.standardInput = pipe
      do { try process.run() } catch {
        throw .file(.unreadable(path: path, reason: systemReason(error)))
      }
      plugins.append(
        Plugin(path: path, process: process, input: pipe.fileHandleForWriting, end: end))
    }
    if plugins.isEmpty {
      note("\(folder): there are no executable files, so no program receives events.")
    }
    self.plugins = Mutex(plugins)
    // A program that has ended is noticed by the failing write.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Sends `event` to all of them.
  package func tell(_ event: KurEvent) {
    let fields =
      [(PythonValue.string("event"), PythonValue.string(event.kind.rawValue))]
      + event.details.map { (.string($0.name), $0.value) }
    guard let text = try? PythonJSON().text(of: .dictionary(PythonDictionary(fields))) else {
      return
    }
    let line = Data((text + "\n").utf8)
    let ended = plugins.withLock { plugins in
      plugins.indices.filter { index in
        guard plugins[index].isAlive else { return false }
        do {
          try plugins[index].input.write(contentsOf: line)
          return false
        } catch {
          plugins[index].isAlive = false
          return true
        }
      }.map { plugins[$0].path }
    }
    for path in ended {
      note("\(path): has ended or stopped reading, and receives no more events.")
    }
  }

  /// Sends what hooks have read in a result to all of them; not for plain numbers.
  package func tell(of data: HookData) {
    let prediction: PythonValue
    switch data.content {
    case .text(let text): prediction = .string(text)
    case .texts(let texts):
      prediction = .dictionary(
        PythonDictionary(texts.map { (.string($0.name), .string($0.text)) }))
    case .outputs: return
    }
    let truth = data.truthText.map { PythonValue.string($0) } ?? .none
    tell(KurEvent(.prediction, [("Prediction", prediction), ("Truth", truth)]))
  }

  /// Ends their inputs, and waits until they have ended too; not for long.
  package func finish() {
    let remaining = plugins.withLock { plugins in
      for plugin in plugins { try? plugin.input.close() }
      let latest = DispatchTime.now() + .seconds(patienceSeconds)
      return plugins.filter { $0.end.wait(timeout: latest) == .timedOut }.map(\.path)
    }
    for path in remaining {
      note(
        "\(path): has not ended \(patienceSeconds) seconds after its input; it is left running.")
    }
  }
}
