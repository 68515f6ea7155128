#if Server
  import Foundation
  import NIOSSL
  import ParlaFiles

  extension NIOSSLContext {
    /// What a server of HTTPS needs of the certificate chain and the key in these files.
    ///
    /// - Throws: `FileError.unreadable`, `ServerError.badCertificate`.
    convenience init(chain: String, key: String) throws {
      let certificates = try Self.certificates(chain)
      let secret = try Self.key(key)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(secret))
      configuration.minimumTLSVersion = .tlsv12
      configuration.applicationProtocols = ["http/1.1"]
      do { try self.init(configuration: configuration) } catch {
        throw ServerError.badCertificate(
          path: key, found: "a key that does not belong to the first certificate of \(chain)",
          expected: "the key with which that certificate was made. Pass the two files of one pair")
      }
    }

    private static func certificates(_ path: String) throws -> [NIOSSLCertificate] {
      let bytes = try content(path)
      do {
        // An empty file has no address for the library.
        guard !bytes.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        return try NIOSSLCertificate.fromPEMBytes(bytes)
      } catch {
        throw ServerError.badCertificate(
          path: path, found: found(bytes),
          expected: "a certificate chain in PEM, the server's own certificate first. "
            + "Convert one in DER with: openssl x509 -inform der -in IN -out OUT")
      }
    }

    private static func key(_ path: String) throws -> NIOSSLPrivateKey {
      let bytes = try content(path)
      do {
        guard !bytes.isEmpty else { throw NIOSSLError.failedToLoadPrivateKey }
        return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
      } catch {
        throw ServerError.badCertificate(
          path: path, found: found(bytes),
          expected: "a private key in PEM, without a password. "
            + "Convert another with: openssl pkey -in IN -out OUT")
      }
    }

    private static func content(_ path: String) throws(FileError) -> [UInt8] {
      do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
        throw .unreadable(path: path, reason: systemReason(error))
      }
    }

    /// What a file of PEM is that is not the right one.
    private static func found(_ bytes: [UInt8]) -> String {
      guard !bytes.isEmpty else { return "an empty file" }
      guard let text = String(validating: bytes, as: UTF8.self) else { return "binary content" }
      let titles = text.split(whereSeparator: \.isNewline).compactMap { line -> Substring? in
        guard line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") else { return nil }
        return line.dropFirst(11).dropLast(5)
      }
      guard let title = titles.first else { return "no block of PEM (-----BEGIN …-----)" }
      let isLocked = title.contains("ENCRYPTED") || text.contains("Proc-Type: 4,ENCRYPTED")
      return isLocked
        ? "a key behind a password" : "a block of PEM called \(title) that is not usable here"
    }
  }
#endif
