// judge_tlog holds what leaves a ledger against golang.org/x/mod/sumdb: notes,
// proofs and tiles as the people of Go's checksum database read them.
//
//	judge_tlog tiles VKEY FOLDER
//	judge_tlog tlog-proof VKEY PROOF
//	judge_tlog consistency VKEY PROOF
//	judge_tlog cosigned VKEY,WITNESS NOTE
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

func hash(text string) (h tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err)
	if copy(h[:], raw) != tlog.HashSize || len(raw) != tlog.HashSize {
		must(errors.New("no hash"))
	}
	return
}

func checkpoint(vkey string, msg []byte) tlog.Tree {
	v, err := note.NewVerifier(vkey)
	must(err)
	n, err := note.Open(msg, note.VerifierList(v))
	must(err)
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != v.Name() {
		must(errors.New("no checkpoint of this log"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

// folder reads tiles of height 8 where tlog-tiles puts them.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) path(t tlog.Tile) string {
	path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
	path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
	return filepath.Join(string(f), path)
}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(f.path(t))
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, errors.New("a tile of another width")
		}
		all = append(all, data)
	}
	return all, nil
}

func entries(data []byte, width int) (all [][]byte) {
	for i := 0; i < width; i++ {
		if len(data) < 2 {
			must(errors.New("a bundle is cut short"))
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			must(errors.New("a bundle is cut short"))
		}
		all = append(all, data[2:2+n])
		data = data[2+n:]
	}
	if len(data) > 0 {
		must(errors.New("a bundle is too long"))
	}
	return
}

// Every tile that the tree consists of is read, and proven by the root.
func tiles(vkey, where string) {
	f := folder(where)
	tree := checkpoint(vkey, read(filepath.Join(where, "checkpoint")))
	reader := tlog.TileHashReader(tree, f)
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		must(errors.New("another root"))
	}
	for first := int64(0); first < tree.N; first += 256 {
		t := tlog.Tile{H: 8, L: -1, N: first / 256, W: 256}
		if tree.N-first < 256 {
			t.W = int(tree.N - first)
		}
		var indexes []int64
		bundle := entries(read(f.path(t)), t.W)
		for i := range bundle {
			indexes = append(indexes,
				tlog.StoredHashIndex(0, first+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		must(err)
		for i, data := range bundle {
			if hashes[i] != tlog.RecordHash(data) {
				must(fmt.Errorf("event %d", first+int64(i)))
			}
		}
	}
	count := 0
	all := tlog.NewTiles(8, 0, tree.N)
	for i, t := range all {
		// It names each width that a tile had as it grew.
		if i+1 < len(all) && all[i+1].L == t.L && all[i+1].N == t.N {
			continue
		}
		_, err := f.ReadTiles([]tlog.Tile{t})
		must(err)
		count++
	}
	fmt.Println(tree.N, "events in", count, "tiles")
}

func proof(vkey, path string) {
	head, msg, found := bytes.Cut(read(path), []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		must(errors.New("no tlog-proof"))
	}
	tree := checkpoint(vkey, msg)
	event, err := base64.StdEncoding.DecodeString(
		strings.TrimPrefix(lines[1], "extra "))
	must(err)
	n, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var p tlog.RecordProof
	for _, line := range lines[3:] {
		p = append(p, hash(line))
	}
	must(tlog.CheckRecord(p, tree.N, tree.Hash, n, tlog.RecordHash(event)))
	fmt.Println("event", n, "of", tree.N)
}

func consistency(vkey, path string) {
	var c struct {
		OldSize    int64    `json:"old_size"`
		OldRoot    string   `json:"old_root"`
		NewSize    int64    `json:"new_size"`
		NewRoot    string   `json:"new_root"`
		Proof      []string `json:"proof"`
		Checkpoint string   `json:"checkpoint"`
	}
	must(json.Unmarshal(read(path), &c))
	tree := checkpoint(vkey, []byte(c.Checkpoint))
	if tree.N != c.NewSize || tree.Hash != hash(c.NewRoot) {
		must(errors.New("another checkpoint"))
	}
	var p tlog.TreeProof
	for _, text := range c.Proof {
		p = append(p, hash(text))
	}
	must(tlog.CheckTree(p, tree.N, tree.Hash, c.OldSize, hash(c.OldRoot)))
	fmt.Println(c.OldSize, "to", tree.N)
}

// witness checks cosignatures (C2SP tlog-cosignature) for package note.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	text := fmt.Sprintf("cosignature/v1\ntime %d\n%s",
		binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(w.key, []byte(text), sig[8:])
}

func newWitness(vkey string) (w witness) {
	part := strings.SplitN(vkey, "+", 3)
	if len(part) != 3 {
		must(errors.New("no vkey"))
	}
	raw, err := base64.StdEncoding.DecodeString(part[2])
	must(err)
	if len(raw) != 1+ed25519.PublicKeySize || raw[0] != 4 {
		must(errors.New("no key of a witness"))
	}
	sum := sha256.Sum256([]byte(part[0] + "\n" + string(raw)))
	w = witness{part[0], binary.BigEndian.Uint32(sum[:]), raw[1:]}
	if fmt.Sprintf("%08x", w.hash) != part[1] {
		must(errors.New("another key id"))
	}
	return
}

func cosigned(vkeys, path string) {
	part := strings.SplitN(vkeys, ",", 2)
	v, err := note.NewVerifier(part[0])
	must(err)
	n, err := note.Open(read(path),
		note.VerifierList(v, newWitness(part[1])))
	must(err)
	if len(n.Sigs) != 2 {
		must(errors.New("not by the log and the witness"))
	}
	fmt.Println("cosigned", strings.Split(n.Text, "\n")[1])
}

func main() {
	map[string]func(string, string){"tiles": tiles, "tlog-proof": proof,
		"consistency": consistency, "cosigned": cosigned}[os.Args[1]](os.Args[2], os.Args[3])
}
