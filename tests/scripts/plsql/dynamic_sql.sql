-- Source: PL/SQL Language Reference, "EXECUTE IMMEDIATE Statement", "OPEN FOR Statement"

declare
   l_n number;
   l_m number := 4;
   l_name varchar2(10);
   type names_type is table of varchar2(10);
   l_names names_type;
begin
   execute immediate 'create table t (id number, name varchar2(10))';
   execute immediate 'insert into t values (:1, :2)' using 1, 'one';
   execute immediate 'insert into t values (:a, :a)' using 2, '2';
   execute immediate 'select count(*) from t' into l_n;
   dbms_output.put_line(l_n);
   execute immediate 'select name from t where id = :x' into l_name using 1;
   dbms_output.put_line(l_name);
   execute immediate 'select name from t order by id' bulk collect into l_names;
   dbms_output.put_line(l_names(2));
   execute immediate 'begin :x := :y * 2; end;' using out l_n, in l_m;
   dbms_output.put_line(l_n);
   l_n := 21;
   execute immediate 'declare n number := :v; begin :v := n * 2; end;' using in out l_n;
   dbms_output.put_line(l_n);
   execute immediate 'update t set name = upper(name) where id = 1 returning name into :n'
      returning into l_name;
   dbms_output.put_line(l_name || sql%rowcount);
   begin
      execute immediate 'select name from t where id = 99' into l_name;
   exception
      when no_data_found then dbms_output.put_line('none');
   end;
   begin
      execute immediate 'select nope from t';
   exception
      when others then dbms_output.put_line(sqlerrm);
   end;
end;
/
-- expect output: 2
-- expect output: one
-- expect output: 2
-- expect output: 8
-- expect output: 42
-- expect output: ONE1
-- expect output: none
-- expect output: ORA-00904: "NOPE": invalid identifier
