"""Each insecure form beside a secure one that does the same: the first is marked, the second is not."""

import pytest

from diptych.detectors.insecure_code.insecure_code import InsecureCode, InsecureCodeSettings

FLASK = (
    "from flask import Flask, request, render_template_string, send_file, redirect, Response\nfrom html import escape\n"
)
JINJA = "from jinja2 import Template, Environment, select_autoescape\nfrom markupsafe import escape\n"
VIEW = FLASK + "import requests, os\nfrom pathlib import Path\n@app.route('/x/<name>')\ndef show(name):\n"
DJANGO = "from django.http import HttpResponse\nfrom django.utils.html import escape, format_html\ndef show(request):\n"

PYTHON = {
    "Jinja does not escape by default": (
        JINJA + "def show(post):\n    return Template('<p>{{ post.text }}</p>').render(post=post)",
        JINJA + "def show(post):\n    return Template('<p>{{ post.text }}</p>', autoescape=True).render(post=post)",
    ),
    "Jinja with escaping off": (
        JINJA + "t = Template('{{ text }}', autoescape=False)",
        JINJA + "t = Template('{{ text | e }}', autoescape=False)",
    ),
    "a template in a name": (
        JINJA + "PAGE = '<b>{{ name }}</b>'\ndef show(name):\n    return Template(PAGE).render(name=name)",
        JINJA + "PAGE = '<b>{{ name }}</b>'\ndef show(name):\n    return Template(PAGE).render(name=escape(name))",
    ),
    "a Jinja environment": (
        JINJA + "env = Environment(loader=loader, autoescape=False)",
        JINJA + "env = Environment(loader=loader, autoescape=select_autoescape())",
    ),
    "HTML, but a letter": (
        "import jinja2\nt = jinja2.Template('<p>Dear {{ name }}</p>')",
        "import jinja2\nt = jinja2.Template('Dear {{ name }}, your order {{ order.id }} is on its way.')",
    ),
    "a template that marks as safe": (
        VIEW + "    return render_template_string('<p>{{ name|safe }}</p>', name=name)",
        VIEW + "    return render_template_string('<p>{{ name }}</p>', name=name)",
    ),
    "Markup": (
        "from markupsafe import Markup\ndef f(x):\n    return Markup('<b>' + x + '</b>')",
        "from markupsafe import Markup\ndef f(x):\n    return Markup('<b>{}</b>').format(x)",
    ),
    "an f-string from a view": (
        VIEW + "    return f'<h1>{name}</h1>'",
        VIEW + "    return f'<h1>{escape(name)}</h1>'",
    ),
    "text without tags is HTML there too": (
        VIEW + "    return 'Hello, ' + request.args.get('who')",
        VIEW + "    return 'Hello, ' + escape(request.args.get('who'))",
    ),
    "plain text": (
        VIEW + "    text = f'Hello, {name}'\n    return text",
        VIEW + "    text = f'Hello, {name}'\n    return text, 200, {'Content-Type': 'text/plain'}",
    ),
    "a name from a list": (
        VIEW + "    return f'<h1>{name}</h1>'",
        VIEW + "    if name not in NAMES:\n        return 'unknown', 404\n    return f'<h1>{name}</h1>'",
    ),
    "rows of a database": (
        VIEW + "    rows = db.execute('SELECT text FROM posts').fetchall()\n"
        "    return ''.join(f'<li>{row[0]}</li>' for row in rows)",
        VIEW + "    rows = db.execute('SELECT text FROM posts').fetchall()\n"
        "    return ''.join(f'<li>{escape(row[0])}</li>' for row in rows)",
    ),
    "numbers": (
        VIEW + "    row = db.execute('SELECT name, price FROM goods').fetchone()\n    return f'<b>{row[0]}</b>'",
        VIEW + "    row = db.execute('SELECT name, price FROM goods').fetchone()\n    return f'<b>{row[1]:.2f}</b>'",
    ),
    "a function that renders": (
        "def render_comment(comment):\n    return f'<div>{comment.text}</div>'",
        "import html\ndef render_comment(comment):\n    return f'<div>{html.escape(comment.text)}</div>'",
    ),
    "a function that makes a page": (
        "def listing(posts):\n    page = '<ul>'\n    for post in posts:\n"
        "        page += '<li>' + post['text'] + '</li>'\n"
        "    return page",
        "from html import escape\ndef listing(posts):\n    page = '<ul>'\n    for post in posts:\n"
        "        page += '<li>' + escape(post['text']) + '</li>'\n    return page",
    ),
    "a page that is filled in": (
        "PAGE = '<h1>{title}</h1>'\ndef show(post):\n    return PAGE.format(title=post.title)",
        "import html\nPAGE = '<h1>{title}</h1>'\ndef show(post):\n"
        "    return PAGE.format(title=html.escape(post.title))",
    ),
    "a query that is filled in": (
        "def find(db, name):\n    query = \"SELECT * FROM users WHERE name = '%s'\"\n"
        "    return db.execute(query % name)",
        "def find(db, name):\n    query = 'SELECT * FROM users WHERE name = %s'\n    return db.execute(query, (name,))",
    ),
    "a page from a file": (
        "import jinja2\ndef show(post):\n    return jinja2.Template(open('post.html').read()).render(post=post)",
        "import jinja2\ndef show(post):\n    return jinja2.Template(open('post.txt').read()).render(post=post)",
    ),
    "Jinja's text in Flask is a page": (
        FLASK + JINJA + "@app.route('/')\ndef show():\n    return Template('Hi {{ a }}').render(a=request.args['a'])",
        FLASK + "@app.route('/')\ndef show():\n    return render_template_string('Hi {{ a }}', a=request.args['a'])",
    ),
    "other markup is no page": (
        "def item(text):\n    return f'<p>{text}</p>'",
        "def item(text):\n    return f'<item>{text}</item>'",
    ),
    "Python's own templates": (
        "from string import Template\ndef f(name):\n    return Template('<p>$name</p>').substitute(name=name)",
        "from string import Template\ndef f(name):\n    return Template('Dear $name').substitute(name=name)",
    ),
    "Tornado": (
        "def get(self):\n    self.write('<p>' + self.get_argument('q'))",
        "def get(self):\n    self.write('<p>' + xhtml_escape(self.get_argument('q')))",
    ),
    "Django": (
        DJANGO + "    return HttpResponse('<p>%s</p>' % request.GET['q'])",
        DJANGO + "    return HttpResponse(format_html('<p>{}</p>', request.GET['q']))",
    ),
    "Django, without tags": (
        DJANGO + "    return HttpResponse(f\"You looked for {request.GET['q']}\")",
        DJANGO + "    return HttpResponse(f\"You looked for {request.GET['q']}\", content_type='text/plain')",
    ),
    "FastAPI": (
        "@app.get('/hi')\ndef hi(name: str):\n    return HTMLResponse(f'<h1>{name}</h1>')",
        "@app.get('/hi')\ndef hi(age: int):\n    return HTMLResponse(f'<h1>{age}</h1>')",
    ),
    "an address to fetch": (
        VIEW + "    return requests.get(request.args['url']).text",
        VIEW + "    return requests.get('https://api.example.org/items/' + name).json()",
    ),
    "an address by keyword": (
        VIEW + "    return httpx.post(url=request.form['hook'])",
        VIEW + "    return httpx.post(url=settings.HOOK, json={'name': name})",
    ),
    "a host": (
        VIEW + "    return requests.get(f'http://{name}/status').text",
        VIEW + "    return requests.get(f'{BASE_URL}/{name}/status').json()",
    ),
    "a checked address": (
        VIEW + "    url = request.args['url']\n    return requests.get(url).json()",
        VIEW + "    url = request.args['url']\n    if urlparse(url).hostname not in HOSTS:\n        abort(400)\n"
        "    return requests.get(url).json()",
    ),
    "an address in an ordinary function": (
        VIEW + "    return urllib.request.urlopen(request.args['url'])",
        "import requests\ndef fetch(url):\n    return requests.get(url, timeout=5).json()",
    ),
    "a joined path": (
        VIEW + "    return open(os.path.join(ROOT, request.args['file'])).read()",
        VIEW + "    return open(os.path.join(ROOT, os.path.basename(request.args['file']))).read()",
    ),
    "a file to send": (
        VIEW + "    return send_file('files/' + name)",
        VIEW + "    return send_from_directory('files', name)",
    ),
    "a path's method": (
        VIEW + "    return (ROOT / name).read_text()",
        VIEW + "    path = (ROOT / name).resolve()\n    if not path.is_relative_to(ROOT):\n        abort(404)\n"
        "    return path.read_text()",
    ),
    "an uploaded file": (
        VIEW + "    file = request.files['f']\n    file.save(os.path.join(ROOT, file.filename))\n    return 'ok'",
        VIEW + "    file = request.files['f']\n    file.save(os.path.join(ROOT, secure_filename(file.filename)))\n"
        "    return 'ok'",
    ),
    "a mode": ("import os\nos.chmod(path, 0o777)", "import os\nos.chmod(path, 0o600)"),
    "a path's mode": (
        "from pathlib import Path\nPath('log').chmod(0o666)",
        "from pathlib import Path\nPath('log').chmod(0o640)",
    ),
    "a mode by name": (
        "import os, stat\nos.chmod(p, stat.S_IRUSR | stat.S_IWOTH)",
        "import os, stat\nos.chmod(p, stat.S_IRUSR | stat.S_IWUSR)",
    ),
    "chmod as a command": (
        "import subprocess\nsubprocess.run(['chmod', '777', path])",
        "import subprocess\nsubprocess.run(['chmod', '755', path])",
    ),
    "umask": ("import os\nos.umask(0)", "import os\nos.umask(0o077)"),
    "a default argument": (
        "def connect(host, password='hunter22'):\n    pass",
        "def connect(host, password=None):\n    pass",
    ),
    "a default that is empty or a placeholder": (
        "def connect(host, *, api_key='sk-92ab11'):\n    pass",
        "def connect(host, api_key='', secret='your-secret'):\n    pass",
    ),
    "an option": (
        "p.add_argument('--db-password', default='hunter22')",
        "p.add_argument('--db-password', default=os.environ.get('DB_PASSWORD'))",
    ),
    "settings of a connection": (
        "DB = {'host': 'db1', 'password': 'hunter22'}",
        "import os\nDB = {'host': 'db1', 'password': os.environ['DB_PASSWORD']}",
    ),
    "an address with a password": (
        "engine = create_engine('postgresql://app:hunter22@db1/shop')",
        "engine = create_engine('postgresql://user:password@localhost/shop')",
    ),
    "a comparison": (
        "def login(user, password):\n    return password == 'hunter22'",
        "def login(user, password):\n    return check_password_hash(user.hash, password)",
    ),
}
OTHERS = {
    "insertAdjacentHTML": (
        "javascript", "el.insertAdjacentHTML('beforeend', `<li>${text}</li>`);",
        "el.insertAdjacentHTML('beforeend', DOMPurify.sanitize(text));",
    ),
    "jQuery": ("javascript", "$('#out').html(data.name);", "$('#out').text(data.name);"),
    "Vue": ("javascript", '<div v-html="comment"></div>', '<div v-text="comment"></div>'),
    "EJS": ("javascript", "<p><%- user.bio %></p>", "<%- include('head') %><p><%= user.bio %></p>"),
    "Handlebars": ("javascript", "<p>{{{ bio }}}</p>", "<p>{{ bio }}</p>"),
    "Jinja in a page": ("javascript", "<p>{{ bio | safe }}</p>", "<p>{{ bio }}</p>"),
    "Express": (
        "javascript",
        "app.get('/', (req, res) => {\n  const name = req.query.name;\n  res.send(`<h1>${name}</h1>`);\n});",
        "app.get('/', (req, res) => {\n  const name = escapeHtml(req.query.name);\n"
        "  res.send(`<h1>${name}</h1>`);\n});",
    ),
    "Express, a checked name": (
        "javascript",
        "app.get('/', (req, res) => {\n  const { lang } = req.query;\n  res.send('<p>' + lang);\n});",
        "app.get('/', (req, res) => {\n  const { lang } = req.query;\n  if (!KNOWN.includes(lang)) return;\n"
        "  res.send('<p>' + lang);\n});",
    ),
    "fetch": (
        "javascript",
        "app.get('/', async (req, res) => {\n  const url = req.query.url;\n  res.json(await axios.get(url));\n});",
        "app.get('/', async (req, res) => {\n  const id = req.query.id;\n"
        "  res.json(await axios.get(`https://api.example.org/${id}`));\n});",
    ),
    "a mode in Node": ("javascript", "fs.chmodSync(file, 0o777);", "fs.chmodSync(file, 0o644);"),
    "echo": (
        "php", "<?php\n$name = $_GET['name'];\necho \"<p>Hello $name</p>\";",
        "<?php\n$name = htmlspecialchars($_GET['name']);\necho \"<p>Hello $name</p>\";",
    ),
    "echo of a row": (
        "php", "<?php\necho '<td>' . $row['comment'] . '</td>';",
        "<?php\necho '<td>' . htmlspecialchars($row['comment']) . '</td>';",
    ),
    "curl": (
        "php", "<?php\n$url = $_POST['url'];\n$ch = curl_init($url);",
        "<?php\n$ch = curl_init(API_URL);\n$q = $_POST['q'];",
    ),
    "Go": (
        "go", 'resp, err := http.Get(r.URL.Query().Get("url"))',
        'resp, err := http.Get("https://example.org/" + url.PathEscape(r.URL.Query().Get("id")))',
    ),
    "a mode in C": ("c", "chmod(path, 0777);", "chmod(path, 0600);"),
}  # fmt: skip


def outcome(language: str, code: str) -> str:
    detector = InsecureCode(InsecureCodeSettings(), "")
    detector.feed(f"```{language}\n{code}\n```\n")
    return detector.finish()[0].outcome


@pytest.mark.parametrize("form", PYTHON)
def test_python(form: str) -> None:
    insecure, secure = PYTHON[form]
    assert (outcome("python", insecure), outcome("python", secure)) == ("present", "absent")


@pytest.mark.parametrize("form", OTHERS)
def test_other_languages(form: str) -> None:
    language, insecure, secure = OTHERS[form]
    assert (outcome(language, insecure), outcome(language, secure)) == ("present", "absent")
