// Command proof checks a log of seller-ledger with nothing but Go's own sumdb packages, as an
// outsider would: the signature on its checkpoint, its tiles, its entries, proofs of single facts
// and that it only grew.
//
//	go run . PREFIX [EARLIER-CHECKPOINT-FILE] [PROOF-FILE LEAF-FILE]...
//
// PREFIX is a folder or an http address under which `key`, `checkpoint` and `tile/…` are found.
// A log's own word for its key is no ground to trust it: KEY in the environment names the file of
// one that was had before.
// Where leaves are for those alone who hold a key, it is taken from the environment as TOKEN;
// without one the tree is checked, and no leaf.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// errClosed is what a server says of leaves to those who show it no key, or not the right one.
var errClosed = errors.New("401 Unauthorized")

// log is a place that a log is read from, and the key by which it is known.
type log struct {
	prefix    string
	verifiers note.Verifiers
	origin    string
	tiles     map[string]int
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || (len(args) > 1 && len(args)%2 != 0) {
		return errors.New("give PREFIX [EARLIER-CHECKPOINT-FILE] [PROOF-FILE LEAF-FILE]...")
	}
	l := &log{prefix: args[0], tiles: map[string]int{}}
	key, err := l.key()
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	l.verifiers, l.origin = note.VerifierList(verifier), verifier.Name()
	served, err := l.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := l.open(served)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	reader := tlog.TileHashReader(tree, l)
	if err := l.checkTree(tree, reader); err != nil {
		return err
	}
	entries, err := l.checkEntries(tree, reader)
	if errors.Is(err, errClosed) && os.Getenv("TOKEN") == "" {
		fmt.Fprintln(os.Stderr, "leaves are for holders of a key, and TOKEN has none: none was checked")
	} else if err != nil {
		return err
	}
	grew := ""
	if len(args) > 1 {
		old, err := l.checkGrowth(args[1], tree, reader)
		if err != nil {
			return fmt.Errorf("consistency: %w", err)
		}
		grew = fmt.Sprintf(", grown from %d", old)
	}
	proofs := 0
	for at := 2; at+1 < len(args); at += 2 {
		if err := l.checkProof(args[at], args[at+1]); err != nil {
			return fmt.Errorf("%s: %w", args[at], err)
		}
		proofs++
	}
	fmt.Printf("%s: %d leaves%s, %d tiles, %d entries, %d proofs\n",
		l.origin, tree.N, grew, len(l.tiles), entries, proofs)
	return nil
}

// key is the one that was kept, in the file that KEY names, or else what the log says of itself.
func (l *log) key() ([]byte, error) {
	if kept := os.Getenv("KEY"); kept != "" {
		return os.ReadFile(kept)
	}
	return l.get("key")
}

// open believes a checkpoint: its signature, its three lines, its name.
func (l *log) open(signed []byte) (tlog.Tree, error) {
	opened, err := note.Open(signed, l.verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != l.origin {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", l.origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkTree computes the root from the tiles. The reader itself refuses a tile that is not of
// the tree.
func (l *log) checkTree(tree tlog.Tree, reader tlog.HashReader) error {
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles give %v, the checkpoint says %v", root, tree.Hash)
	}
	return nil
}

// checkEntries hashes every leaf of every bundle against its tile, and proves the first of each
// in the tree: with it the reader checks the whole tile.
func (l *log) checkEntries(tree tlog.Tree, reader tlog.HashReader) (int64, error) {
	index := int64(0)
	for index < tree.N {
		width := int(min(256, tree.N-index))
		tile := tlog.Tile{H: height, L: 0, N: index >> height, W: width}
		told, err := l.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return index, err
		}
		tile.L = -1
		bundle, err := l.get(path(tile))
		if err != nil {
			return index, err
		}
		for at := 0; at < width; at++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return index, fmt.Errorf("the bundle of leaf %d is cut off", index)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hash := tlog.RecordHash(bundle[2:end])
			if hash != tlog.Hash(told[0][at*tlog.HashSize:(at+1)*tlog.HashSize]) {
				return index, fmt.Errorf("leaf %d is not that of its tile", index)
			}
			if at == 0 {
				proof, err := tlog.ProveRecord(tree.N, index, reader)
				if err != nil {
					return index, err
				}
				if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hash); err != nil {
					return index, fmt.Errorf("leaf %d: %w", index, err)
				}
			}
			bundle = bundle[end:]
			index++
		}
		if len(bundle) != 0 {
			return index, fmt.Errorf("the bundle before leaf %d is too long", index)
		}
	}
	return index, nil
}

// checkGrowth takes an earlier checkpoint, with or without the path that leads from it.
func (l *log) checkGrowth(file string, tree tlog.Tree, reader tlog.HashReader) (int64, error) {
	told, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	old, err := l.open(told)
	if err != nil {
		return 0, err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return 0, err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return 0, err
	}
	served, err := os.ReadFile(file + ".consistency")
	if errors.Is(err, os.ErrNotExist) {
		return old.N, nil
	}
	head, checkpoint, _ := bytes.Cut(served, []byte("\n\n"))
	newer, err := l.open(checkpoint)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(head), "\n")
	path, err := hashes(lines[1:])
	if err != nil || lines[0] != fmt.Sprintf("old %d", old.N) {
		return 0, fmt.Errorf("not a consistency proof from %d: %v", old.N, err)
	}
	return old.N, tlog.CheckTree(path, newer.N, newer.Hash, old.N, old.Hash)
}

// checkProof takes a tlog-proof file and the leaf that it is about.
func (l *log) checkProof(file, leaf string) error {
	proof, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(leaf)
	if err != nil {
		return err
	}
	head, checkpoint, _ := bytes.Cut(proof, []byte("\n\n"))
	tree, err := l.open(checkpoint)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(data))
}

func hashes(lines []string) ([]tlog.Hash, error) {
	path := []tlog.Hash{}
	for _, line := range lines {
		told, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(told) != tlog.HashSize {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		path = append(path, tlog.Hash(told))
	}
	return path, nil
}

// Height, ReadTiles and SaveTiles make a log the source of tiles for the reader.
func (l *log) Height() int { return height }

func (l *log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for at, tile := range tiles {
		told, err := l.get(path(tile))
		if err != nil {
			return nil, err
		}
		if len(told) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s holds %d bytes", path(tile), len(told))
		}
		l.tiles[path(tile)]++
		found[at] = told
	}
	return found, nil
}

func (l *log) SaveTiles([]tlog.Tile, [][]byte) {}

// path is where C2SP tlog-tiles serves a tile: as Go names it, without the height.
func path(tile tlog.Tile) string {
	told := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(told, "tile/data/", "tile/entries/", 1)
}

func (l *log) get(name string) ([]byte, error) {
	if !strings.HasPrefix(l.prefix, "http://") && !strings.HasPrefix(l.prefix, "https://") {
		return os.ReadFile(filepath.Join(l.prefix, filepath.FromSlash(name)))
	}
	asked, err := http.NewRequest(http.MethodGet, l.prefix+"/"+name, nil)
	if err != nil {
		return nil, err
	}
	if token := os.Getenv("TOKEN"); token != "" && strings.HasPrefix(name, "tile/entries/") {
		asked.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(asked)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusUnauthorized {
		return nil, fmt.Errorf("%s: %w", name, errClosed)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", name, answer.Status)
	}
	return io.ReadAll(answer.Body)
}
