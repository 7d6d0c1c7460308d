from hamn.lab.main import main

raise SystemExit(main())
