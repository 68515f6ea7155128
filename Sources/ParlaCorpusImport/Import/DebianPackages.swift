import Foundation
import ParlaCorpus
import ParlaFiles

/// Fetches Debian packages and unpacks them, without root.
///
/// `folder` holds the package files and, under `unpacked/`, their content. A package counts as unpacked once
/// `unpacked/NAME.complete` is there, which is written last; a package file counts as fetched once it has its final name.
struct DebianPackages: Sendable {
  private let folder: String
  private let command: SystemCommand

  /// Keeps package files and their content in `folder`.
  init(folder: String, command: SystemCommand = .live) {
    // The programs run in folders of their own, from where a relative path leads elsewhere.
    self.folder = absolutePath(folder)
    self.command = command
  }

  /// The folder with the packages' content.
  var root: String { folder + "/unpacked" }

  /// Fetches and unpacks those of the packages `names` that are not there yet.
  ///
  /// - Throws: `ImportError.file`, `.programMissing`, `.packageUnknown`, `.downloadFailed`, `.packageBroken`.
  func unpack(
    _ names: [String], progress: @escaping ImportProgress.Handler
  ) throws(ImportError) {
    for name in names where !FileManager.default.fileExists(atPath: completionMark(name)) {
      if let file = fetchedFile(name), (try? unpack(file, name, progress)) != nil { continue }
      try unpack(try fetch(name, progress), name, progress)
    }
  }

  private func completionMark(_ name: String) -> String { "\(root)/\(name).complete" }

  private func fetchedFile(_ name: String) -> String? {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasPrefix(name + "_") && $0.hasSuffix(".deb") }.max()
      .map { "\(folder)/\($0)" }
  }

  // MARK: Fetching

  /// Downloads into a folder of its own, so that a file cut short never bears the final name; APT compares the checksum.
  private func fetch(
    _ name: String, _ progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> String {
    let partial = "\(folder)/partial"
    let temporary: TemporaryFolder
    do { temporary = try TemporaryFolder(path: partial) } catch { throw .file(error) }
    defer { withExtendedLifetime(temporary) {} }
    let byteCount = try announcedByteCount(name)
    let timer = watch(partial) { receivedBytes in
      progress(.fetching(package: name, receivedBytes: receivedBytes, byteCount: byteCount))
    }
    defer { timer.cancel() }
    let outcome = try apt(["download", name], in: partial)
    let files = (try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? []
    guard outcome.exitStatus == 0, let file = files.first(where: { $0.hasSuffix(".deb") }) else {
      throw .downloadFailed(package: name, reason: complaint(outcome))
    }
    let path = "\(folder)/\(file)"
    guard unsafe rename("\(partial)/\(file)", path) == 0 else {
      throw .file(.unwritable(path: path, reason: systemReason(errno)))
    }
    return "\(folder)/\(file)"
  }

  /// Regularly reports to `report` how many bytes `folder` holds, until the timer is cancelled.
  private func watch(
    _ folder: String, _ report: @escaping @Sendable (Int) -> Void
  ) -> any DispatchSourceTimer {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.setEventHandler {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      report(files.compactMap { FileStamp(path: "\(folder)/\($0)")?.byteCount }.reduce(0, +))
    }
    timer.schedule(deadline: .now(), repeating: .milliseconds(500))
    timer.resume()
    return timer
  }

  /// The size that APT's lists give, from a line `'URI' file.deb 160880444 SHA256:…`.
  private func announcedByteCount(_ name: String) throws(ImportError) -> Int? {
    let outcome = try apt(["download", "--print-uris", name], in: folder)
    guard outcome.exitStatus == 0 else { throw .packageUnknown(name: name) }
    let fields = String(decoding: outcome.output, as: UTF8.self).split(separator: " ")
    return fields.count > 2 ? Int(fields[2]) : nil
  }

  private func apt(
    _ arguments: [String], in folder: String
  ) throws(ImportError) -> SystemCommand.Outcome {
    // Root's downloads would else pass through a user who may not write here.
    let options = ["-q", "-o", "APT::Sandbox::User=root"]
    guard let outcome = command.run("apt-get", options + arguments, folder) else {
      throw .programMissing(
        program: "apt-get",
        purpose: "fetches the recordings, which are Debian packages. Unpack them on a Debian "
          + "machine with dpkg -x, copy the folder here and pass --source FOLDER")
    }
    return outcome
  }

  private func complaint(_ outcome: SystemCommand.Outcome) -> String {
    let errors = outcome.errors.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("E: ") }
    return errors.first.map { String($0.dropFirst(3)) } ?? outcome.reason
  }

  // MARK: Unpacking

  private func unpack(
    _ file: String, _ name: String, _ progress: @escaping ImportProgress.Handler
  ) throws(ImportError) {
    progress(.unpacking(package: name))
    try makeFolder(root)
    guard let outcome = command.run("dpkg", ["-x", file, root], folder) else {
      throw .programMissing(program: "dpkg", purpose: "unpacks Debian packages")
    }
    guard outcome.exitStatus == 0 else {
      throw .packageBroken(path: file, reason: outcome.reason)
    }
    let content = Data((file.fileName + "\n").utf8)
    do { try AtomicFile.write(content, to: completionMark(name)) } catch { throw .file(error) }
  }
}

// MARK: - Folders

/// Makes the folder at `path`, and those above it.
func makeFolder(_ path: String) throws(ImportError) {
  do { try ParlaFiles.makeFolder(path) } catch { throw .file(error) }
}
