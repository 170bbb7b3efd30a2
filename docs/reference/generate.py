#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the reference and its chapters.

usage: generate.py GI-DOCGEN CONFIG GIR PROJECT OUTPUT

Chapters are read where they are, so that they can be read there too. Here they get the title that gi-docgen
wants, and links that end in .html.
"""

import os
import re
import subprocess
import sys
import tempfile


def add_chapter(path, folder):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    title = re.search(r'^# (.*)$', text, re.M).group(1)
    text = re.sub(r'\]\((?:\.\./|docs/)?([\w.-]+)\.md\)', r'](\1.html)', text)
    with open(os.path.join(folder, os.path.basename(path)), 'w', encoding='utf-8') as file:
        file.write(f'Title: {title}\n\n{text}')


def check_links(output):
    """Every link between pages leads to one."""
    broken = []
    for name in os.listdir(output):
        if name.endswith('.html'):
            with open(os.path.join(output, name), encoding='utf-8') as file:
                links = re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', file.read())
            broken += [f'{name}: {link}' for link in links
                       if not os.path.exists(os.path.join(output, link))]
    if broken:
        sys.exit('links to nowhere:\n' + '\n'.join(sorted(set(broken))))


def main(program, config, gir, project, output):
    docs = os.path.join(project, 'docs')
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(docs):
            if name.endswith('.md'):
                add_chapter(os.path.join(docs, name), folder)
        add_chapter(os.path.join(project, 'CONTRIBUTING.md'), folder)
        subprocess.run([program, 'generate', '--quiet', '--fatal-warnings', '--no-namespace-dir',
                        '--config', config, '--content-dir', folder,
                        '--content-dir', os.path.join(docs, 'reference'),
                        '--output-dir', output, gir], check=True)
    check_links(output)


main(*sys.argv[1:])
