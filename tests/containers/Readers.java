import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * What Java's two readers see in archives: a line "SHA256 NAME" for each
 * entry, into FILE.java-file and FILE.java-stream. An archive that a reader
 * does not take gets no file of that reader.
 */
class Readers {
	static String sum(InputStream in) throws Exception {
		MessageDigest digest = MessageDigest.getInstance("SHA-256");
		byte[] piece = new byte[65536];
		for (int n; (n = in.read(piece)) > 0; )
			digest.update(piece, 0, n);
		return HexFormat.of().formatHex(digest.digest());
	}

	static String file(String path) throws Exception {
		StringBuilder out = new StringBuilder();
		try (ZipFile zip = new ZipFile(path)) {
			for (ZipEntry e : Collections.list(zip.entries()))
				out.append(sum(zip.getInputStream(e)))
				    .append(' ').append(e.getName()).append('\n');
		}
		return out.toString();
	}

	static String stream(String path) throws Exception {
		StringBuilder out = new StringBuilder();
		try (ZipInputStream zip = new ZipInputStream(
		    new BufferedInputStream(new FileInputStream(path)))) {
			for (ZipEntry e; (e = zip.getNextEntry()) != null; )
				out.append(sum(zip)).append(' ')
				    .append(e.getName()).append('\n');
		}
		return out.toString();
	}

	interface Reader {
		String read(String path) throws Exception;
	}

	static void write(String path, String name, Reader reader)
	    throws Exception {
		String seen;
		try {
			seen = reader.read(path);
		} catch (Exception refused) {
			return;
		}
		try (PrintStream out = new PrintStream(path + "." + name,
		    StandardCharsets.UTF_8)) {
			out.print(seen);
		}
	}

	public static void main(String[] paths) throws Exception {
		for (String path : paths) {
			write(path, "java-file", Readers::file);
			write(path, "java-stream", Readers::stream);
		}
	}
}
